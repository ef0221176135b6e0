//! What tests are made of: people, rooms, and a log and a model in memory.

mod log;
mod model;

use domain::room::{Member, MessageType, Role, RoomEvent, RoomType};
use domain::{
    Actor, Envelope, Event, EventId, Kind, MessageId, Personal, Position, ReadCursorId, RoomId, StreamId, Timestamp,
    UserId, Version,
};
use uuid::Uuid;

pub(crate) use log::MemoryLog;
pub(crate) use model::MemoryModel;

pub(crate) const ANN: UserId = UserId(Uuid::from_u128(1));
pub(crate) const BOB: UserId = UserId(Uuid::from_u128(2));
pub(crate) const CID: UserId = UserId(Uuid::from_u128(3));
pub(crate) const ROOM: RoomId = RoomId(Uuid::from_u128(100));

pub(crate) const fn message(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(1_000 + n))
}

/// The event of `stream` at `version`: its position is ten times, its time a thousand times as high.
pub(crate) fn event(stream: impl Into<StreamId>, version: Version, said: impl Into<Event>) -> Envelope<Event> {
    at(version * 10, stream, version, said)
}

pub(crate) fn at(
    position: Position,
    stream: impl Into<StreamId>,
    version: Version,
    said: impl Into<Event>,
) -> Envelope<Event> {
    Envelope {
        position,
        stream: stream.into(),
        version,
        event_id: EventId(Uuid::from_u128(u128::from(position) << 64)),
        recorded_at: time(version),
        actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
        payload: said.into(),
    }
}

/// When the event of this version was recorded.
pub(crate) const fn time(version: Version) -> Timestamp {
    Timestamp(1_000 * version.cast_signed())
}

pub(crate) fn cursor(user: UserId) -> StreamId {
    StreamId { kind: Kind::ReadCursor, id: ReadCursorId::of(ROOM, user).0 }
}

pub(crate) fn text(text: &str) -> Personal<String> {
    Personal::about(ANN, text.to_owned())
}

pub(crate) fn opened(members: &[(UserId, Role)]) -> RoomEvent {
    RoomEvent::RoomOpened {
        room_type: RoomType::Group,
        name: Some(text("Lunch")),
        opened_by: ANN,
        members: members.iter().map(|(user, role)| Member { user: *user, role: *role }).collect(),
    }
}

pub(crate) fn sent(number: u64, author: UserId, content: &str) -> RoomEvent {
    RoomEvent::MessageSent {
        message_id: message(u128::from(number)),
        author,
        number,
        content: text(content),
        message_type: MessageType::Text,
        reply_to: None,
    }
}

pub(crate) fn edited(n: u128, content: &str) -> RoomEvent {
    RoomEvent::MessageEdited { message_id: message(n), content: text(content) }
}

pub(crate) fn deleted(n: u128) -> RoomEvent {
    RoomEvent::MessageDeleted { message_id: message(n), deleted_by: BOB }
}

pub(crate) fn reacted(n: u128, user: UserId, emoji: &str) -> RoomEvent {
    RoomEvent::ReactionAdded { message_id: message(n), user, emoji: emoji.to_owned() }
}

pub(crate) fn unreacted(n: u128, user: UserId, emoji: &str) -> RoomEvent {
    RoomEvent::ReactionRemoved { message_id: message(n), user, emoji: emoji.to_owned() }
}

pub(crate) fn joined(user: UserId) -> RoomEvent {
    RoomEvent::MemberJoined { user, role: Role::Member, added_by: ANN }
}

pub(crate) fn left(user: UserId) -> RoomEvent {
    RoomEvent::MemberLeft { user }
}

pub(crate) fn erased(user: UserId) -> RoomEvent {
    RoomEvent::MemberErased { user, name: false }
}
