//! Somebody who is told things by one who begins again and again, and who reads in between.

use std::collections::BTreeSet;

use domain::inbox::{Inbox, InboxCommand, InboxEvent, Matter, Mute, Notify, Read, ReadAll, ReadRoom, Said, Unmute};
use domain::{Decide as _, EventId, FriendshipId, MessageId, NotificationId, Position, RoomId, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use crate::people::{ANN, BOB};
use crate::store::{after, assert_replays};

/// What happens in the log, one thing a position.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Asked,
    Invited(u8),
    Said(u8, bool),
    /// A room was read up to this part of its versions.
    ReadUpTo(u8, u8),
}

/// What its owner does when what is told has come so far.
#[derive(Clone, Copy, Debug)]
enum Doing {
    Read(u8),
    ReadAll,
    Mute(u8),
    Unmute(u8),
    /// Whoever tells is killed, and begins again so far back.
    Kill(u8),
    Nothing,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => Just(Happening::Asked),
        1 => (0..3_u8).prop_map(Happening::Invited),
        5 => (0..3_u8, any::<bool>()).prop_map(|(room, mention)| Happening::Said(room, mention)),
        2 => (0..3_u8, any::<u8>()).prop_map(|(room, part)| Happening::ReadUpTo(room, part)),
    ]
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        2 => any::<u8>().prop_map(Doing::Read),
        1 => Just(Doing::ReadAll),
        1 => (0..3_u8).prop_map(Doing::Mute),
        1 => (0..3_u8).prop_map(Doing::Unmute),
        3 => any::<u8>().prop_map(Doing::Kill),
        6 => Just(Doing::Nothing),
    ]
}

fn room(n: u8) -> RoomId {
    RoomId(Uuid::from_u128(100 + u128::from(n)))
}

fn event(position: Position) -> EventId {
    EventId(Uuid::from_u128(u128::from(position)))
}

/// As the process manager says it: a position is a room's version too, which is enough to be in order.
fn command(happening: Happening, cause: Position) -> InboxCommand {
    let version: Version = cause;
    let said = |n| Said { room: room(n), message: MessageId(Uuid::from_u128(u128::from(cause))), version };
    let notify = |matter| {
        InboxCommand::Notify(Notify { owner: BOB, event: event(cause), cause, actor: ANN, matter, old: cause })
    };
    match happening {
        Happening::Asked => notify(Matter::FriendRequest(FriendshipId::between(ANN, BOB))),
        Happening::Invited(n) => notify(Matter::RoomInvited(room(n), version)),
        Happening::Said(n, true) => notify(Matter::Mention(said(n))),
        Happening::Said(n, false) => notify(Matter::Message(said(n))),
        Happening::ReadUpTo(n, part) => {
            let up_to = cause * u64::from(part) / 255;
            InboxCommand::ReadRoom(ReadRoom { room: room(n), up_to, cause, next: None })
        }
    }
}

struct Story {
    inbox: Inbox,
    history: Vec<InboxEvent>,
    unread: BTreeSet<NotificationId>,
    told: BTreeSet<NotificationId>,
}

impl Story {
    fn carry_out(&mut self, command: &InboxCommand) {
        for event in self.inbox.decide(command).unwrap_or_default() {
            match &event {
                InboxEvent::Notified { notification, .. } => {
                    assert!(self.told.insert(*notification), "told twice: {event:?}");
                    self.unread.insert(*notification);
                }
                InboxEvent::NotificationsRead { notifications, .. } => {
                    assert!(!notifications.is_empty());
                    notifications.iter().for_each(|read| assert!(self.unread.remove(read), "read twice: {event:?}"));
                }
                _ => {}
            }
            self.inbox = after(self.inbox.clone(), [event.clone()]);
            self.history.push(event);
        }
    }

    fn unread(&self, n: u8) -> Option<NotificationId> {
        self.unread.iter().nth(usize::from(n) % self.unread.len().max(1)).copied()
    }
}

fn told(happenings: &[Happening], doings: &[Doing], kills: bool) -> Story {
    let mut story = Story { inbox: Inbox::default(), history: vec![], unread: BTreeSet::new(), told: BTreeSet::new() };
    let mut doings = doings.iter();
    for (index, happening) in happenings.iter().enumerate() {
        let head = index as Position + 1;
        story.carry_out(&command(*happening, head));
        match doings.next().copied().unwrap_or(Doing::Nothing) {
            Doing::Read(n) => {
                let read = story.unread(n).map(|notification| Read { notification, head });
                read.into_iter().for_each(|read| story.carry_out(&InboxCommand::Read(read)));
            }
            Doing::ReadAll => story.carry_out(&InboxCommand::ReadAll(ReadAll { head })),
            Doing::Mute(n) => story.carry_out(&InboxCommand::Mute(Mute { room: room(n) })),
            Doing::Unmute(n) => story.carry_out(&InboxCommand::Unmute(Unmute { room: room(n) })),
            Doing::Kill(back) if kills => {
                let begin = index.saturating_sub(usize::from(back) % 20);
                for (again, happening) in happenings.iter().enumerate().take(index + 1).skip(begin) {
                    story.carry_out(&command(*happening, again as Position + 1));
                }
            }
            Doing::Kill(_) | Doing::Nothing => {}
        }
    }
    story
}

/// What was not told because of it may be told when whoever tells begins again later.
fn is_mute(doing: &Doing) -> bool {
    matches!(doing, Doing::Mute(_) | Doing::Unmute(_))
}

proptest! {
    #[test]
    fn nothing_is_told_twice_and_replay_gives_the_same(
        happenings in vec(happening(), 0..60), doings in vec(doing(), 0..60), cut in 0..60_usize,
    ) {
        let story = told(&happenings, &doings, true);
        assert_replays(&story.inbox, &story.history, cut);
    }

    #[test]
    fn however_often_whoever_tells_is_killed_the_same_is_told(
        happenings in vec(happening(), 0..60),
        doings in vec(doing().prop_filter("nobody mutes", |doing| !is_mute(doing)), 0..60),
    ) {
        let (killed, unbroken) = (told(&happenings, &doings, true), told(&happenings, &doings, false));
        prop_assert_eq!(killed.history, unbroken.history);
    }
}
