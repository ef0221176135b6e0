//! Somebody who is told things by one who begins again and again, and who reads in between.

use std::collections::BTreeSet;

use domain::inbox::{
    Inbox, InboxCommand, InboxEvent, Matter, Mute, Notify, Read, ReadAll, ReadRoom, Said, TakeBack, Unmute,
};
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
    /// What was said in a room at this part of its versions is deleted, if something was.
    TakenBack(u8, u8),
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
        3 => (0..3_u8, any::<u8>()).prop_map(|(room, part)| Happening::TakenBack(room, part)),
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
fn command(happenings: &[Happening], cause: Position) -> InboxCommand {
    match happenings[cause as usize - 1] {
        Happening::ReadUpTo(n, part) => {
            let up_to = part_of(cause, part);
            InboxCommand::ReadRoom(ReadRoom { room: room(n), up_to, cause, next: next(happenings, n, up_to, cause) })
        }
        Happening::TakenBack(n, part) => {
            let version = part_of(cause, part);
            InboxCommand::TakeBack(TakeBack {
                room: room(n),
                version,
                cause,
                next: next(happenings, n, version, cause),
            })
        }
        happening => InboxCommand::Notify(notice(happening, cause).expect("something to be told")),
    }
}

fn part_of(cause: Position, part: u8) -> Version {
    cause * u64::from(part) / 255
}

/// The first message of a room after a version, of those before `cause` that were not taken back.
fn next(happenings: &[Happening], n: u8, after: Version, cause: Position) -> Option<Notify> {
    let is_said = |at: &Position| matches!(happenings[*at as usize - 1], Happening::Said(room, false) if room == n);
    let is_taken_back = |message: Position| {
        let took = |at: Position| matches!(happenings[at as usize - 1], Happening::TakenBack(room, part) if room == n && part_of(at, part) == message);
        (1..cause).any(took)
    };
    let at = (after + 1..cause).find(|at| is_said(at) && !is_taken_back(*at))?;
    notice(happenings[at as usize - 1], at)
}

fn notice(happening: Happening, cause: Position) -> Option<Notify> {
    let said = |n| Said { room: room(n), message: MessageId(Uuid::from_u128(u128::from(cause))), version: cause };
    let matter = match happening {
        Happening::Asked => Matter::FriendRequest(FriendshipId::between(ANN, BOB)),
        Happening::Invited(n) => Matter::RoomInvited(room(n), cause),
        Happening::Said(n, true) => Matter::Mention(said(n)),
        Happening::Said(n, false) => Matter::Message(said(n)),
        Happening::ReadUpTo(..) | Happening::TakenBack(..) => return None,
    };
    Some(Notify { owner: BOB, event: event(cause), cause, actor: ANN, matter, old: cause })
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
    for head in 1..=happenings.len() as Position {
        story.carry_out(&command(happenings, head));
        match doings.next().copied().unwrap_or(Doing::Nothing) {
            Doing::Read(n) => {
                let read = story.unread(n).map(|notification| Read { notification, head });
                read.into_iter().for_each(|read| story.carry_out(&InboxCommand::Read(read)));
            }
            Doing::ReadAll => story.carry_out(&InboxCommand::ReadAll(ReadAll { head })),
            Doing::Mute(n) => story.carry_out(&InboxCommand::Mute(Mute { room: room(n) })),
            Doing::Unmute(n) => story.carry_out(&InboxCommand::Unmute(Unmute { room: room(n) })),
            Doing::Kill(back) if kills => {
                let begin = head.saturating_sub(Position::from(back) % 20).max(1);
                (begin..=head).for_each(|again| story.carry_out(&command(happenings, again)));
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
