//! All events, and how a stored one is read: old shapes are upcast, the store is never rewritten.

use cqrs_es::DomainEvent;
use serde::Serialize;
use uuid::Uuid;

use crate::friendship::FriendshipEvent;
use crate::read_cursor::ReadCursorEvent;
use crate::room::RoomEvent;
use crate::user::UserEvent;
use crate::{HasPersonal, Kind, PersonalField};

/// Any event of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    User(UserEvent),
    Friendship(FriendshipEvent),
    Room(RoomEvent),
    ReadCursor(ReadCursorEvent),
}

/// Why a stored event can not be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableEvent {
    #[error("{event_type} has shape {shape}, this release reads up to {known}")]
    TooNew { event_type: String, shape: u16, known: u16 },
    #[error("{event_type}: {source}")]
    Malformed { event_type: String, source: serde_json::Error },
}

impl Event {
    /// Reads a payload as stored; personal fields stay sealed.
    ///
    /// # Errors
    /// An unknown type or shape, or a payload that is not of it.
    pub fn read(kind: Kind, event_type: &str, shape: u16, json: &str) -> Result<Self, UnreadableEvent> {
        Ok(match kind {
            Kind::User => Self::User(read(event_type, shape, json)?),
            Kind::Friendship => Self::Friendship(read(event_type, shape, json)?),
            Kind::Room => Self::Room(read(event_type, shape, json)?),
            Kind::ReadCursor => Self::ReadCursor(read(event_type, shape, json)?),
        })
    }

    /// The event's name in the store.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::User(event) => event.name(),
            Self::Friendship(event) => event.name(),
            Self::Room(event) => event.name(),
            Self::ReadCursor(event) => event.name(),
        }
    }
}

/// An event whose older shapes are still understood.
pub trait Upcast: DomainEvent {
    /// The newest shape of `event_type` that this release knows; 0 for an unknown type.
    fn newest_shape(event_type: &str) -> u16;

    /// Brings a payload of an older `shape` to the next one.
    fn upcast(event_type: &str, shape: u16, payload: serde_json::Value) -> serde_json::Value;
}

/// Reads one context's event from its stored text, upcasting shapes that are older than today's.
///
/// # Errors
/// An unknown type or shape, or a payload that is not of it.
pub fn read<E: Upcast>(event_type: &str, shape: u16, json: &str) -> Result<E, UnreadableEvent> {
    let malformed = |source| UnreadableEvent::Malformed { event_type: event_type.to_owned(), source };
    let known = E::newest_shape(event_type);
    if shape == known {
        return serde_json::from_str(json).map_err(malformed);
    }
    read_value(event_type, shape, serde_json::from_str(json).map_err(malformed)?)
}

/// The same for a payload that is parsed already.
///
/// # Errors
/// As [`read`].
pub fn read_value<E: Upcast>(event_type: &str, shape: u16, payload: serde_json::Value) -> Result<E, UnreadableEvent> {
    let malformed = |source| UnreadableEvent::Malformed { event_type: event_type.to_owned(), source };
    let known = E::newest_shape(event_type);
    if shape > known {
        return Err(UnreadableEvent::TooNew { event_type: event_type.to_owned(), shape, known });
    }
    let today = (shape..known).fold(payload, |payload, shape| E::upcast(event_type, shape, payload));
    serde_json::from_value(today).map_err(malformed)
}

/// What an event of any context is about, for the store's `subject`.
#[must_use]
pub fn subject(event: &Event, own: Uuid) -> Uuid {
    match event {
        Event::Room(event) => event.message().map_or(own, |message| message.0),
        Event::User(_) | Event::Friendship(_) | Event::ReadCursor(_) => own,
    }
}

impl HasPersonal for Event {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        match self {
            Self::User(event) => event.visit_personal(visit),
            Self::Friendship(event) => event.visit_personal(visit),
            Self::Room(event) => event.visit_personal(visit),
            Self::ReadCursor(_) => {}
        }
    }
}

macro_rules! into_event {
    ($($context:ident($event:ty)),*) => {$(
        impl From<$event> for Event {
            fn from(event: $event) -> Self {
                Self::$context(event)
            }
        }
    )*};
}
into_event!(User(UserEvent), Friendship(FriendshipEvent), Room(RoomEvent), ReadCursor(ReadCursorEvent));

impl Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::User(event) => event.serialize(to),
            Self::Friendship(event) => event.serialize(to),
            Self::Room(event) => event.serialize(to),
            Self::ReadCursor(event) => event.serialize(to),
        }
    }
}
