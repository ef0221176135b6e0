//! The rules of the chat: aggregates, their commands and events, and what every event carries.
//!
//! No I/O, no clock, no random ids: whoever calls brings them.

pub mod aggregate;
pub mod envelope;
pub mod event;
pub mod friendship;
#[cfg(test)]
mod given;
pub mod hash;
pub mod ids;
pub mod inbox;
pub mod older;
pub mod opened;
pub mod personal;
pub mod read_cursor;
pub mod room;
pub mod stored;
pub mod text;
pub mod time;
pub mod user;

pub use aggregate::{Decide, Refusal, RefusalKind};
pub use envelope::{Actor, Envelope, Position, Version};
pub use event::Event;
pub use ids::{
    EventId, FriendshipId, InboxId, Kind, MessageId, NoticeId, NotificationId, ReadCursorId, RoomId, SessionId,
    StreamId, UserId,
};
pub use personal::{HasPersonal, Personal, PersonalField, Place};
pub use stored::{NewEvent, Raw};
pub use time::Timestamp;
