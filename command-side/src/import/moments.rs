//! Since when people and rooms are there. A time that is missing or has not come yet is not taken for one: everything that happened among
//! them would be put behind it.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;

use crate::ports::{OlderFriendship, OlderMessage, OlderRoom, OlderSince};

/// A time that can be right: not after `began`, and not 1970, which stands where nobody said one.
fn right(at: Option<Timestamp>, began: Timestamp) -> Option<Timestamp> {
    at.filter(|at| at.0 > 0 && *at <= began)
}

/// What is held in memory.
pub(super) struct Rows {
    pub(super) people: Vec<OlderSince>,
    pub(super) rooms: Vec<OlderRoom>,
    pub(super) friendships: Vec<OlderFriendship>,
}

impl Rows {
    /// The first time of all; `said` is that of the first message.
    fn earliest(&self, said: Option<Timestamp>, began: Timestamp) -> Timestamp {
        let people = self.people.iter().map(|somebody| somebody.created_at);
        let rooms = self.rooms.iter().map(|room| room.created_at);
        let friendships = self.friendships.iter().map(|friendship| friendship.created_at);
        let all = people.chain(rooms).chain(friendships).chain([said]);
        all.filter_map(|at| right(at, began)).min().unwrap_or(began)
    }

    /// Who was there when. Of whom it does not stand there, as soon as anything else names them; a room without a time may have been
    /// there from the `earliest` on.
    fn people(&self, earliest: Timestamp, began: Timestamp) -> HashMap<u64, Timestamp> {
        let (mut known, mut unknown) = (HashMap::new(), HashMap::<u64, Option<Timestamp>>::new());
        for somebody in &self.people {
            match right(somebody.created_at, began) {
                Some(at) => {
                    known.insert(somebody.id, at);
                }
                None => {
                    unknown.insert(somebody.id, right(somebody.updated_at, began));
                }
            }
        }
        let rooms = self.rooms.iter().map(|room| (room.users, right(room.created_at, began).unwrap_or(earliest)));
        let asked = |pair: &OlderFriendship| Some(([pair.requester, pair.addressee], right(pair.created_at, began)?));
        for (users, at) in rooms.chain(self.friendships.iter().filter_map(asked)) {
            for user in users {
                if let Some(first) = unknown.get_mut(&user) {
                    *first = Some(first.map_or(at, |first: Timestamp| first.min(at)));
                }
            }
        }
        known.extend(unknown.into_iter().map(|(user, first)| (user, first.unwrap_or(earliest))));
        known
    }
}

/// When there was somebody, and when there was a room for them.
pub(super) struct Moments {
    pub(super) people: Arc<HashMap<u64, Timestamp>>,
    pub(super) pairs: Arc<HashMap<u64, OlderRoom>>,
    began: Timestamp,
}

impl Moments {
    /// By all `rows`, and when the first message was `said`, for an import that began then.
    pub(super) fn of(rows: &Rows, said: Option<Timestamp>, began: Timestamp) -> Self {
        let people = rows.people(rows.earliest(said, began), began);
        let pairs = rows.rooms.iter().map(|room| (room.id, *room)).collect();
        Self { people: Arc::new(people), pairs: Arc::new(pairs), began }
    }

    /// Since when somebody is there whose account says `at`.
    pub(super) fn of_user(&self, user: u64, at: Timestamp) -> Timestamp {
        self.people.get(&user).map_or(at, |since| at.max(*since))
    }

    /// Since when both are there, as far as they are known.
    fn of_pair(&self, users: [u64; 2]) -> Timestamp {
        users.iter().filter_map(|user| self.people.get(user)).max().copied().unwrap_or_default()
    }

    /// When one asked the other.
    pub(super) fn of_friendship(&self, pair: &OlderFriendship) -> Timestamp {
        let asked = right(pair.created_at, self.began).or_else(|| right(pair.updated_at, self.began));
        self.of_pair([pair.requester, pair.addressee]).max(asked.unwrap_or_default())
    }

    /// When it was opened. Not when it was changed: that may be after all that was said in it.
    pub(super) fn of_room(&self, room: &OlderRoom) -> Timestamp {
        self.of_pair(room.users).max(right(room.created_at, self.began).unwrap_or_default())
    }

    /// When something could be said that was said `at` that time.
    pub(super) fn of_message(&self, said: &OlderMessage, at: Timestamp) -> Timestamp {
        let room = said.room.and_then(|room| self.pairs.get(&room));
        room.map_or(at, |room| self.of_room(room).max(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: Timestamp = Timestamp(100);

    fn since(id: u64, created_at: Option<i64>, updated_at: Option<i64>) -> OlderSince {
        OlderSince { id, created_at: created_at.map(Timestamp), updated_at: updated_at.map(Timestamp) }
    }

    fn room(id: u64, users: [u64; 2], created_at: Option<i64>) -> OlderRoom {
        OlderRoom { id, users, created_at: created_at.map(Timestamp) }
    }

    fn moments(people: Vec<OlderSince>, rooms: Vec<OlderRoom>) -> Moments {
        Moments::of(&Rows { people, rooms, friendships: vec![] }, Some(Timestamp(7)), BEGAN)
    }

    #[test]
    fn nothing_is_said_before_there_is_a_room_and_none_is_open_before_its_people_are_there() {
        let people = vec![since(1, Some(10), None), since(2, Some(20), None)];
        let moments = moments(people, vec![room(7, [1, 2], Some(5))]);
        let said = |at, room| {
            let said = OlderMessage { room: Some(room), ..OlderMessage::default() };
            moments.of_message(&said, Timestamp(at))
        };
        assert_eq!(said(1, 7), Timestamp(20));
        assert_eq!(said(30, 7), Timestamp(30));
        assert_eq!(said(1, 8), Timestamp(1), "of no room that is known");
    }

    #[test]
    fn who_does_not_say_since_when_is_there_when_something_names_them() {
        let people = vec![
            since(1, Some(10), None),
            since(2, None, Some(50)),
            since(3, Some(101), Some(30)),
            since(4, Some(0), Some(102)),
            since(5, None, Some(50)),
        ];
        let rooms = vec![room(1, [1, 2], Some(40)), room(2, [1, 5], None)];
        let people = moments(people, rooms).people;
        let at = [1, 2, 3, 4, 5].map(|user| people[&user].0);
        assert_eq!(at, [10, 40, 30, 7, 7], "by itself, a room, a change, the first of all, a room without a time");
    }

    #[test]
    fn a_room_without_a_time_that_can_be_right_is_there_with_its_people() {
        let people = || vec![since(1, Some(10), None), since(2, Some(20), None)];
        for created_at in [None, Some(0), Some(101)] {
            let room = room(7, [1, 2], created_at);
            assert_eq!(moments(people(), vec![room]).of_room(&room), Timestamp(20));
        }
    }

    #[test]
    fn a_request_without_a_time_that_can_be_right_was_made_before_it_was_answered() {
        let moments = moments(vec![since(1, Some(10), None), since(2, Some(20), None)], vec![]);
        let asked = |created_at: Option<i64>, updated_at: Option<i64>| {
            let (created_at, updated_at) = (created_at.map(Timestamp), updated_at.map(Timestamp));
            let pair =
                OlderFriendship { requester: 1, addressee: 2, created_at, updated_at, ..OlderFriendship::default() };
            moments.of_friendship(&pair).0
        };
        assert_eq!(asked(Some(25), Some(30)), 25);
        assert_eq!(asked(None, Some(30)), 30);
        assert_eq!(asked(Some(101), Some(102)), 20);
    }
}
