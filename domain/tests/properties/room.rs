//! A handful of people in one room, and now and then a crowd.

mod asked;

use std::collections::{BTreeMap, BTreeSet};

use asked::{command, life, life_with_crowds, message_id};
use domain::room::*;
use domain::{Decide, MessageId, UserId};
use proptest::prelude::*;
use uuid::Uuid;

use crate::people::{ANN, everybody};
use crate::store::{after, assert_replays, erased};

/// A room, everything that happened in it, and who is in it as a reader of its events sees it.
#[derive(Default)]
struct World {
    room: Room,
    history: Vec<RoomEvent>,
    members: BTreeMap<UserId, Option<Role>>,
}

impl World {
    fn living(commands: Vec<RoomCommand>) -> Self {
        let mut world = Self::default();
        commands.into_iter().for_each(|command| world.ask(command));
        world
    }

    /// As dispatch does it: take in what must be judged, decide, keep.
    fn ask(&mut self, mut command: RoomCommand) {
        if let RoomCommand::Send(send) = &mut command {
            send.message_id = message_id(self.room.last_number().into());
        }
        judge(&mut self.room, &self.history, &command);
        for event in self.room.decide(&command).unwrap_or_default() {
            self.assert_allowed(&event);
            self.happens(event);
        }
        self.assert_rules();
    }

    fn happens(&mut self, event: RoomEvent) {
        match &event {
            RoomEvent::RoomOpened { members, .. } => {
                self.members = members.iter().map(|member| (member.user, Some(member.role))).collect();
            }
            RoomEvent::MemberJoined { user, role, .. } | RoomEvent::MemberRoleChanged { user, role, .. } => {
                self.members.insert(*user, Some(*role));
            }
            RoomEvent::MemberLeft { user }
            | RoomEvent::MemberRemoved { user, .. }
            | RoomEvent::MemberErased { user, .. } => {
                self.members.insert(*user, None);
            }
            _ => {}
        }
        self.room = after(std::mem::take(&mut self.room), [event.clone()]);
        self.history.push(event);
    }

    fn role(&self, user: UserId) -> Option<Role> {
        self.members.get(&user).copied().flatten()
    }

    fn present(&self) -> impl Iterator<Item = Role> {
        self.members.values().filter_map(|role| *role)
    }

    fn author(&self, message: MessageId) -> Option<UserId> {
        self.history.iter().find_map(|event| match event {
            RoomEvent::MessageSent { message_id, author, .. } if *message_id == message => Some(*author),
            _ => None,
        })
    }

    /// Nobody does what their role, before it, does not allow.
    fn assert_allowed(&self, event: &RoomEvent) {
        let above = |by: UserId, user: UserId| match self.role(by) {
            Some(Role::Owner) => true,
            Some(Role::Admin) => !matches!(self.role(user), Some(Role::Admin | Role::Owner)),
            _ => false,
        };
        let allowed = match event {
            RoomEvent::RoomOpened { .. } => self.history.is_empty(),
            RoomEvent::RoomRenamed { by, .. } => self.role(*by) >= Some(Role::Admin),
            RoomEvent::MemberJoined { user, added_by, role } => {
                self.role(*added_by) >= Some(Role::Admin) && self.role(*user).is_none() && *role == Role::Member
            }
            RoomEvent::MemberLeft { user } => self.role(*user).is_some(),
            RoomEvent::MemberRemoved { user, removed_by } => above(*removed_by, *user) && user != removed_by,
            RoomEvent::MemberRoleChanged { user, role, by } => {
                self.role(*by) >= Some(*role) && (above(*by, *user) || by == user) && self.role(*user).is_some()
            }
            RoomEvent::MemberErased { user, .. } => self.members.contains_key(user),
            RoomEvent::RoomClosed {} => self.present().count() == 0,
            RoomEvent::MessageSent { author, number, .. } => {
                self.role(*author).is_some() && *number == self.room.last_number() + 1
            }
            RoomEvent::MessageEdited { content, .. } => self.role(subject(content)).is_some(),
            RoomEvent::MessageDeleted { message_id, deleted_by } => {
                self.role(*deleted_by) >= Some(Role::Admin)
                    || self.role(*deleted_by).is_some() && self.author(*message_id) == Some(*deleted_by)
            }
            RoomEvent::ReactionAdded { user: by, .. } | RoomEvent::ReactionRemoved { user: by, .. } => {
                self.role(*by).is_some()
            }
        };
        assert!(allowed, "{event:?}");
    }

    fn assert_rules(&self) {
        for user in everybody() {
            let role = match self.members.get(&user) {
                None => Err(RoomError::NotFound),
                Some(role) => role.ok_or(RoomError::Gone),
            };
            assert_eq!(self.room.role_of(user), role);
        }
        assert!(self.present().count() <= MOST_MEMBERS);
        match self.history.first() {
            Some(RoomEvent::RoomOpened { room_type: RoomType::Direct, members, .. }) => self.assert_direct(members),
            Some(_) if self.present().count() > 0 => assert!(self.present().any(|role| role == Role::Owner)),
            Some(_) => {
                let last = self.history.iter().rfind(|event| !matches!(event, RoomEvent::MemberErased { .. }));
                assert_eq!(last, Some(&RoomEvent::RoomClosed {}), "an empty group is closed");
            }
            None => {}
        }
    }

    fn assert_direct(&self, two: &[Member]) {
        let [a, b] = two else { panic!("a direct room of {two:?}") };
        assert_eq!(self.room.pair(), Some((a.user.min(b.user), a.user.max(b.user))));
        let is_erased = |user| {
            self.history
                .iter()
                .any(|event| matches!(event, RoomEvent::MemberErased { user: gone, .. } if *gone == user))
        };
        let role = |user| (!is_erased(user)).then_some(Role::Member);
        assert_eq!(self.members, BTreeMap::from([a, b].map(|member| (member.user, role(member.user)))));
    }

    /// The story of each message, told from the events alone.
    fn assert_messages(&self) {
        let (mut authors, mut deleted, mut reactions) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for event in &self.history {
            match event {
                RoomEvent::MessageSent { message_id, author, number, reply_to, .. } => {
                    assert!(reply_to.is_none_or(|replied| authors.contains_key(&replied)), "{event:?}");
                    authors.insert(*message_id, *author);
                    assert_eq!(*number, authors.len() as u64, "messages are numbered 1, 2, 3 …");
                }
                RoomEvent::MessageEdited { message_id, content } => {
                    assert_eq!(authors.get(message_id), Some(&subject(content)), "only its author edits it");
                    assert!(!deleted.contains(message_id), "nobody edits what is deleted");
                }
                RoomEvent::MessageDeleted { message_id, .. } => {
                    assert!(authors.contains_key(message_id) && deleted.insert(*message_id), "{event:?}");
                }
                RoomEvent::ReactionAdded { message_id, user, emoji } => {
                    assert!(authors.contains_key(message_id) && !deleted.contains(message_id), "{event:?}");
                    assert!(reactions.insert((message_id, user, emoji)), "nobody reacts twice");
                }
                RoomEvent::ReactionRemoved { message_id, user, emoji } => {
                    assert!(reactions.remove(&(message_id, user, emoji)), "only what stands is taken back");
                }
                _ => {}
            }
        }
    }
}

fn subject<T: serde::Serialize + serde::de::DeserializeOwned + Send>(personal: &domain::Personal<T>) -> UserId {
    domain::PersonalField::subject(personal)
}

/// Takes in the message that `command` is about, unless the room holds it already.
fn judge(room: &mut Room, history: &[RoomEvent], command: &RoomCommand) {
    if let Some(part) = room.unjudged(command) {
        let about_it = history.iter().filter(|event| Room::subject(event, Uuid::nil()) == part);
        room.judge(part, about_it.cloned().collect());
    }
}

proptest! {
    #[test]
    fn whatever_people_do_the_rules_hold_and_replay_gives_the_same(life in life(), cut in 0..40_usize) {
        let world = World::living(life);
        world.assert_messages();
        assert_replays(&world.room, &world.history, cut);
    }

    #[test]
    fn a_room_that_kept_its_messages_judges_as_one_that_took_them_in_anew(life in life(), next in command()) {
        let World { mut room, history, .. } = World::living(life);
        let mut anew = after(Room::default(), history.clone());
        judge(&mut room, &history, &next);
        judge(&mut anew, &history, &next);
        prop_assert_eq!(room.decide(&next), anew.decide(&next));
    }

    #[test]
    fn who_is_in_a_room_does_not_hang_on_what_was_written(life in life(), next in command()) {
        let World { mut room, history, .. } = World::living(life);
        let unreadable = erased(&history, ANN);
        let mut erased = after(Room::default(), unreadable.clone());
        judge(&mut room, &history, &next);
        judge(&mut erased, &unreadable, &next);
        for user in everybody() {
            prop_assert_eq!(erased.role_of(user), room.role_of(user));
        }
        prop_assert_eq!(erased.decide(&next).err(), room.decide(&next).err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_group_never_has_more_than_its_most_members(life in life_with_crowds(), cut in 0..2000_usize) {
        let world = World::living(life);
        for (user, role) in &world.members {
            prop_assert_eq!(world.room.role_of(*user), role.ok_or(RoomError::Gone));
        }
        assert_replays(&world.room, &world.history, cut);
    }
}

#[test]
fn the_lives_that_are_tried_hold_all_that_can_happen() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    let mut fullest = 0;
    for _ in 0..256 {
        let world = World::living(life().new_tree(&mut runner).expect("a life").current());
        seen.extend(world.history.iter().map(RoomEvent::name));
    }
    for _ in 0..64 {
        let world = World::living(life_with_crowds().new_tree(&mut runner).expect("a life").current());
        fullest = fullest.max(world.present().count());
    }
    let all: BTreeSet<_> = RoomEvent::SHAPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(seen, all);
    assert!(fullest > MOST_MEMBERS * 9 / 10, "the fullest had {fullest}");
}
