//! Everything that happened, in the order in which it happened: some of it is read as it is needed, and some follows from what was.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use domain::{MessageId, RoomId, Timestamp, UserId};
use futures::stream::{BoxStream, StreamExt as _};

use crate::ports::{Older, OlderFriendship, OlderMessage, OlderRead, OlderRoom, OlderUser, Unavailable};

/// One thing that happened.
pub(super) enum Step {
    User(OlderUser),
    Friendship(OlderFriendship),
    Acceptance(OlderFriendship),
    Ending(OlderFriendship),
    Room(OlderRoom),
    Message(OlderMessage),
    Edit(Change),
    Deletion(Change),
    Read(OlderRead),
}

/// What became of a message.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) older: String,
    pub(super) room: RoomId,
    pub(super) message: MessageId,
    pub(super) author: UserId,
    /// What it says then.
    pub(super) content: String,
}

impl Step {
    /// What of the same moment comes first.
    const fn rank(&self) -> u8 {
        match self {
            Self::User(_) => 0,
            Self::Friendship(_) => 1,
            Self::Acceptance(_) => 2,
            Self::Ending(_) => 3,
            Self::Room(_) => 4,
            Self::Message(_) => 5,
            Self::Edit(_) => 6,
            Self::Deletion(_) => 7,
            Self::Read(_) => 8,
        }
    }
}

type Key = (Timestamp, u8, u64);

/// What comes later, by when, then by what it is, then as it was put.
#[derive(Default)]
struct Later {
    keys: BinaryHeap<Reverse<Key>>,
    steps: HashMap<u64, Step>,
    count: u64,
}

impl Later {
    fn put(&mut self, at: Timestamp, step: Step) {
        self.keys.push(Reverse((at, step.rank(), self.count)));
        self.steps.insert(self.count, step);
        self.count += 1;
    }

    fn first(&self) -> Option<(Timestamp, u8)> {
        self.keys.peek().map(|Reverse((at, rank, _))| (*at, *rank))
    }

    fn take(&mut self) -> Option<(Timestamp, Step)> {
        let Reverse((at, _, number)) = self.keys.pop()?;
        self.steps.remove(&number).map(|step| (at, step))
    }
}

/// What is read as it is needed, and its next.
struct Source<'a> {
    rows: BoxStream<'a, Result<(Timestamp, Step), Unavailable>>,
    next: Option<(Timestamp, Step)>,
}

impl<'a> Source<'a> {
    async fn of(rows: BoxStream<'a, Result<(Timestamp, Step), Unavailable>>) -> Result<Self, Unavailable> {
        let mut source = Self { rows, next: None };
        source.next = source.rows.next().await.transpose()?;
        Ok(source)
    }

    fn first(&self) -> Option<(Timestamp, u8)> {
        self.next.as_ref().map(|(at, step)| (*at, step.rank()))
    }

    async fn take(&mut self) -> Result<Option<(Timestamp, Step)>, Unavailable> {
        let next = self.rows.next().await.transpose()?;
        Ok(std::mem::replace(&mut self.next, next))
    }
}

/// Everything, in order.
pub(super) struct Steps<'a> {
    sources: [Source<'a>; 3],
    later: Later,
    moments: Moments,
    reached: Timestamp,
}

impl<'a> Steps<'a> {
    pub(super) async fn of(
        older: &'a dyn Older,
        people: Arc<HashMap<u64, Timestamp>>,
        pairs: Arc<HashMap<u64, OlderRoom>>,
    ) -> Result<Self, Unavailable> {
        let moments = Moments { people, pairs };
        let users = older.users().map(|user| user.map(|user| (user.created_at, Step::User(user))));
        let messages = older.messages().map(|said| said.map(|said| (said.created_at, Step::Message(said))));
        let reads = older.reads().map(|read| read.map(|read| (read.read_at, Step::Read(read))));
        let sources =
            [Source::of(users.boxed()).await?, Source::of(messages.boxed()).await?, Source::of(reads.boxed()).await?];
        let mut later = Later::default();
        let mut rooms: Vec<_> = moments.pairs.values().copied().collect();
        rooms.sort_by_key(|room| room.id);
        rooms.into_iter().for_each(|room| later.put(moments.of_room(&room), Step::Room(room)));
        for friendship in older.friendships().await? {
            let at = moments.of_pair([friendship.requester, friendship.addressee]).max(friendship.created_at);
            later.put(at, Step::Friendship(friendship));
        }
        Ok(Self { sources, later, moments, reached: Timestamp::default() })
    }

    pub(super) fn put_later(&mut self, steps: Vec<(Timestamp, Step)>) {
        steps.into_iter().for_each(|(at, step)| self.later.put(at, step));
    }

    /// The next, and when; time never goes back.
    pub(super) async fn next(&mut self) -> Result<Option<(Timestamp, Step)>, Unavailable> {
        loop {
            let Some((at, step)) = self.earliest().await? else { return Ok(None) };
            // Something may have been said, by the clocks of then, before there was a room to say it in.
            let due = match &step {
                Step::Message(said) => self.moments.of_message(said),
                _ => at,
            };
            if due > at {
                self.later.put(due, step);
                continue;
            }
            self.reached = at.max(self.reached);
            return Ok(Some((self.reached, step)));
        }
    }

    async fn earliest(&mut self) -> Result<Option<(Timestamp, Step)>, Unavailable> {
        let firsts = self.sources.iter().enumerate().filter_map(|(index, source)| Some((source.first()?, Some(index))));
        let later = self.later.first().map(|first| (first, None));
        match firsts.chain(later).min_by_key(|(first, _)| *first) {
            None => Ok(None),
            Some((_, Some(index))) => self.sources[index].take().await,
            Some((_, None)) => Ok(self.later.take()),
        }
    }
}

/// When there was somebody, and when there was a room for them.
struct Moments {
    people: Arc<HashMap<u64, Timestamp>>,
    pairs: Arc<HashMap<u64, OlderRoom>>,
}

impl Moments {
    /// Since when both are there, as far as they are known.
    fn of_pair(&self, users: [u64; 2]) -> Timestamp {
        users.iter().filter_map(|user| self.people.get(user)).max().copied().unwrap_or_default()
    }

    fn of_room(&self, room: &OlderRoom) -> Timestamp {
        self.of_pair(room.users).max(room.created_at)
    }

    fn of_message(&self, said: &OlderMessage) -> Timestamp {
        let room = said.room.and_then(|room| self.pairs.get(&room));
        room.map_or(said.created_at, |room| self.of_room(room).max(said.created_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments() -> Moments {
        let room = OlderRoom { id: 7, users: [1, 2], created_at: Timestamp(5) };
        let people = [(1, Timestamp(10)), (2, Timestamp(20))].into();
        Moments { people: Arc::new(people), pairs: Arc::new([(7, room)].into()) }
    }

    #[test]
    fn nothing_is_said_before_there_is_a_room_and_none_is_open_before_its_people_are_there() {
        let said = |at, room| OlderMessage { created_at: Timestamp(at), room: Some(room), ..OlderMessage::default() };
        assert_eq!(moments().of_message(&said(1, 7)), Timestamp(20));
        assert_eq!(moments().of_message(&said(30, 7)), Timestamp(30));
        assert_eq!(moments().of_message(&said(1, 8)), Timestamp(1), "of no room that is known");
    }

    #[test]
    fn what_comes_later_comes_in_its_order_and_what_is_of_one_moment_by_what_it_is() {
        let mut later = Later::default();
        let friendship = OlderFriendship::default;
        later.put(Timestamp(9), Step::Friendship(friendship()));
        later.put(Timestamp(3), Step::Ending(friendship()));
        later.put(Timestamp(3), Step::Acceptance(friendship()));
        let order = [(); 3].map(|()| later.take().map(|(at, step)| (at.0, step.rank())));
        assert_eq!(order, [Some((3, 2)), Some((3, 3)), Some((9, 1))]);
        assert!(later.take().is_none());
    }
}
