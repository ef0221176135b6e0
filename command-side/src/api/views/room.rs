//! A room, folded from the events about the room itself.

use std::collections::{BTreeMap, HashMap};

use domain::room::{Role, RoomEvent, RoomType};
use domain::{Envelope, Event, Personal, RoomId, Timestamp, UserId};

use super::{Participant, RoomView};
use crate::ports::{Person, RoomGlance};

/// A room as its own events tell it: without names and messages.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::api) struct RoomPast {
    room_type: RoomType,
    name: Option<String>,
    /// Those who are there.
    members: BTreeMap<UserId, Role>,
    created_at: Timestamp,
}

impl RoomPast {
    /// The room that these events made; `None` when they do not begin with its opening.
    pub(in crate::api) fn fold(events: &[Envelope]) -> Option<Self> {
        let (first, later) = events.split_first()?;
        let Event::Room(RoomEvent::RoomOpened { room_type, name, members, .. }) = &first.payload else { return None };
        let mut room = Self {
            room_type: *room_type,
            name: name.as_ref().and_then(Personal::value).cloned(),
            members: members.iter().map(|member| (member.user, member.role)).collect(),
            created_at: first.recorded_at,
        };
        for event in later {
            room.take_in(event);
        }
        Some(room)
    }

    fn take_in(&mut self, event: &Envelope) {
        let Event::Room(said) = &event.payload else { return };
        match said {
            RoomEvent::RoomRenamed { name, .. } => self.name = name.value().cloned(),
            RoomEvent::MemberJoined { user, role, .. } | RoomEvent::MemberRoleChanged { user, role, .. } => {
                self.members.insert(*user, *role);
            }
            RoomEvent::MemberLeft { user } | RoomEvent::MemberRemoved { user, .. } => {
                self.members.remove(user);
            }
            RoomEvent::MemberErased { name: true, .. } => self.name = None,
            _ => {}
        }
    }

    /// The ids of those who are there.
    pub(in crate::api) fn members(&self) -> Vec<UserId> {
        self.members.keys().copied().collect()
    }

    pub(in crate::api) fn has(&self, user: UserId) -> bool {
        self.members.contains_key(&user)
    }

    /// The room as it was at its event `head`, to somebody to whom it looks like `glance`.
    pub(in crate::api) fn view<P>(
        self,
        head: &Envelope<P>,
        mut names: HashMap<UserId, Person>,
        glance: RoomGlance,
    ) -> RoomView {
        let (user_1_id, user_2_id) = self.pair().unzip();
        let participants = self.members.into_iter().map(|(id, role)| {
            let Person { username, nickname } =
                names.remove(&id).unwrap_or(Person { username: None, nickname: String::new() });
            Participant { id, username, nickname, role }
        });
        RoomView {
            id: RoomId(head.stream.id),
            room_type: self.room_type,
            name: self.name,
            user_1_id,
            user_2_id,
            participants: participants.collect(),
            last_message: glance.last_message,
            unread_count: glance.unread_count,
            version: head.version,
            created_at: self.created_at,
            updated_at: head.recorded_at,
        }
    }

    /// The two of a direct room, in the order of their ids.
    fn pair(&self) -> Option<(UserId, UserId)> {
        let mut members = self.members.keys().copied();
        members.next().zip(members.next()).filter(|_| self.room_type == RoomType::Direct)
    }
}

#[cfg(test)]
mod tests {
    use domain::room::Member;

    use super::*;
    use crate::api::given::{ANN, BOB, CID, ROOM, past};

    fn opened(room_type: RoomType, members: &[(UserId, Role)]) -> RoomEvent {
        let members = members.iter().map(|(user, role)| Member { user: *user, role: *role }).collect();
        let name = Some(Personal::about(ANN, "Lunch".to_owned()));
        RoomEvent::RoomOpened { room_type, name, opened_by: ANN, members }
    }

    fn group(later: impl IntoIterator<Item = RoomEvent>) -> RoomView {
        let opened = opened(RoomType::Group, &[(ANN, Role::Owner), (BOB, Role::Member)]);
        let events = past(ROOM, [opened].into_iter().chain(later));
        let names = HashMap::from([(ANN, Person { username: Some("ann_1".to_owned()), nickname: "Ann".to_owned() })]);
        let glance = RoomGlance { unread_count: 3, ..RoomGlance::default() };
        RoomPast::fold(&events).expect("a room").view(events.last().expect("an event"), names, glance)
    }

    fn roles(room: &RoomView) -> Vec<(UserId, Role)> {
        room.participants.iter().map(|member| (member.id, member.role)).collect()
    }

    #[test]
    fn a_group_has_names_roles_and_what_a_glance_shows() {
        let room = group([]);
        assert_eq!((room.id, room.name.as_deref(), room.version, room.unread_count), (ROOM, Some("Lunch"), 1, 3));
        assert_eq!((room.user_1_id, room.user_2_id), (None, None));
        assert_eq!(roles(&room), [(ANN, Role::Owner), (BOB, Role::Member)]);
        assert_eq!(room.participants[0].nickname, "Ann");
        assert_eq!((room.participants[1].username.as_deref(), room.participants[1].nickname.as_str()), (None, ""));
    }

    #[test]
    fn those_who_come_go_and_rise_are_seen_as_they_are_now() {
        let room = group([
            RoomEvent::MemberJoined { user: CID, role: Role::Member, added_by: ANN },
            RoomEvent::MemberRoleChanged { user: CID, role: Role::Admin, by: ANN },
            RoomEvent::MemberRemoved { user: BOB, removed_by: ANN },
            RoomEvent::RoomRenamed { name: Personal::about(ANN, "Dinner".to_owned()), by: ANN },
        ]);
        assert_eq!(roles(&room), [(ANN, Role::Owner), (CID, Role::Admin)]);
        assert_eq!((room.name.as_deref(), room.version), (Some("Dinner"), 5));
        assert!(room.updated_at > room.created_at);
    }

    #[test]
    fn a_room_that_everybody_left_has_nobody() {
        let left = |user| RoomEvent::MemberLeft { user };
        assert_eq!(roles(&group([left(BOB), left(ANN), RoomEvent::RoomClosed {}])), []);
    }

    #[test]
    fn a_direct_room_names_its_two_in_the_order_of_their_ids() {
        let events = past(ROOM, [opened(RoomType::Direct, &[(BOB, Role::Member), (ANN, Role::Member)])]);
        let room = RoomPast::fold(&events).expect("a room").view(&events[0], HashMap::new(), RoomGlance::default());
        assert_eq!((room.user_1_id, room.user_2_id), (Some(ANN), Some(BOB)));
    }

    #[test]
    fn events_that_do_not_begin_with_an_opening_are_no_room() {
        assert_eq!(RoomPast::fold(&past(ROOM, [RoomEvent::RoomClosed {}])), None);
    }
}
