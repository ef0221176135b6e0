//! What may have happened in a room, and how a command on a message is judged.

use cqrs_es::Aggregate as _;
use uuid::Uuid;

pub(super) use super::Role::{Admin, Member as Plain, Owner};
use super::{Invited, Member, MessageType, Role, Room, RoomCommand, RoomError, RoomEvent, RoomType};
pub(super) use crate::given::{ANN, BOB, CID, DAN, EVE, given, person};
use crate::{Decide as _, MessageId, Personal, UserId};

/// Ann owns it, Bob is an admin, Cid a member, Eve has left, and Dan never was in it.
pub(super) fn group() -> Vec<RoomEvent> {
    vec![group_of(&[(ANN, Owner), (BOB, Admin), (CID, Plain), (EVE, Plain)]), left(EVE)]
}

/// A room of Ann and Bob.
pub(super) fn direct() -> Vec<RoomEvent> {
    vec![opened(RoomType::Direct, &[(ANN, Plain), (BOB, Plain)])]
}

/// A group in which the sole member has left.
pub(super) fn closed() -> Vec<RoomEvent> {
    vec![group_of(&[(ANN, Owner)]), left(ANN), RoomEvent::RoomClosed {}]
}

pub(super) fn group_of(members: &[(UserId, Role)]) -> RoomEvent {
    opened(RoomType::Group, members)
}

/// A group of `count`, whose owner is person 1.
pub(super) fn crowd(count: usize) -> RoomEvent {
    let others = (2..=count as u128).map(|n| (person(n), Plain));
    group_of(&[(ANN, Owner)].into_iter().chain(others).collect::<Vec<_>>())
}

fn opened(room_type: RoomType, members: &[(UserId, Role)]) -> RoomEvent {
    let members = members.iter().map(|(user, role)| Member { user: *user, role: *role }).collect();
    RoomEvent::RoomOpened { room_type, name: None, opened_by: ANN, members }
}

pub(super) fn joined(user: UserId, added_by: UserId) -> RoomEvent {
    RoomEvent::MemberJoined { user, role: Plain, added_by }
}

pub(super) fn left(user: UserId) -> RoomEvent {
    RoomEvent::MemberLeft { user }
}

pub(super) fn removed(user: UserId, removed_by: UserId) -> RoomEvent {
    RoomEvent::MemberRemoved { user, removed_by }
}

pub(super) fn became(user: UserId, role: Role, by: UserId) -> RoomEvent {
    RoomEvent::MemberRoleChanged { user, role, by }
}

pub(super) fn invited(user: UserId) -> Invited {
    Invited { user, blocked: false }
}

/// The id of the `n`-th message of a test.
pub(super) const fn message(n: u64) -> MessageId {
    MessageId(Uuid::from_u128(0x1000 + n as u128))
}

/// The `n`-th message of the room.
pub(super) fn said(n: u64, author: UserId, text: &str) -> RoomEvent {
    RoomEvent::MessageSent {
        message_id: message(n),
        author,
        number: n,
        content: Personal::about(author, text.to_owned()),
        message_type: MessageType::Text,
        reply_to: None,
    }
}

pub(super) fn deleted(n: u64, deleted_by: UserId) -> RoomEvent {
    RoomEvent::MessageDeleted { message_id: message(n), deleted_by }
}

pub(super) fn edited(n: u64, author: UserId, text: &str) -> RoomEvent {
    RoomEvent::MessageEdited { message_id: message(n), content: Personal::about(author, text.to_owned()) }
}

pub(super) fn reacted(n: u64, user: UserId, emoji: &str) -> RoomEvent {
    RoomEvent::ReactionAdded { message_id: message(n), user, emoji: emoji.to_owned() }
}

pub(super) fn unreacted(n: u64, user: UserId, emoji: &str) -> RoomEvent {
    RoomEvent::ReactionRemoved { message_id: message(n), user, emoji: emoji.to_owned() }
}

/// The room after `history`, without any message taken in.
pub(super) fn room(history: &[RoomEvent]) -> Room {
    history.iter().fold(Room::default(), |mut room, event| {
        room.apply(event.clone());
        room
    })
}

/// What the room decides after `history`, with the message taken in that `command` is about, as dispatch does it.
pub(super) fn decide(history: &[RoomEvent], command: &RoomCommand) -> Result<Vec<RoomEvent>, RoomError> {
    judging(history, command).decide(command)
}

/// The room after `history` with the message taken in that `command` is about.
pub(super) fn judging(history: &[RoomEvent], command: &RoomCommand) -> Room {
    let mut room = room(history);
    if let Some(part) = room.unjudged(command) {
        let about_it = history.iter().filter(|event| Room::subject(event, Uuid::nil()) == part);
        room.judge(part, about_it.cloned().collect());
    }
    room
}
