//! All events, and how a stored one is read: old shapes are upcast, the store is never rewritten.

use cqrs_es::DomainEvent;
use serde::Serialize;
use uuid::Uuid;

use crate::friendship::{Friendship, FriendshipEvent};
use crate::inbox::{Inbox, InboxEvent};
use crate::read_cursor::{ReadCursor, ReadCursorEvent};
use crate::room::{Room, RoomEvent};
use crate::user::{User, UserEvent};
use crate::{Decide as _, HasPersonal, Kind, PersonalField, StreamId};

/// Any event of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    User(UserEvent),
    Friendship(FriendshipEvent),
    Room(RoomEvent),
    ReadCursor(ReadCursorEvent),
    Inbox(InboxEvent),
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
            Kind::Inbox => Self::Inbox(read(event_type, shape, json)?),
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
            Self::Inbox(event) => event.name(),
        }
    }

    /// The version of the shape in which it is written.
    #[must_use]
    pub const fn shape(&self) -> u16 {
        match self {
            Self::User(event) => event.shape(),
            Self::Friendship(event) => event.shape(),
            Self::Room(event) => event.shape(),
            Self::ReadCursor(event) => event.shape(),
            Self::Inbox(event) => event.shape(),
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

/// The shape of `event_type` in a list such as [`RoomEvent::SHAPES`]; 0 for an unknown type.
pub(crate) fn shape_in(shapes: &[(&str, u16)], event_type: &str) -> u16 {
    shapes.iter().find(|(name, _)| *name == event_type).map_or(0, |(_, shape)| *shape)
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
    // As the aggregates themselves say it when it is stored: who writes and who reads must not be of two minds.
    match event {
        Event::User(event) => User::subject(event, own),
        Event::Friendship(event) => Friendship::subject(event, own),
        Event::Room(event) => Room::subject(event, own),
        Event::ReadCursor(event) => ReadCursor::subject(event, own),
        Event::Inbox(event) => Inbox::subject(event, own),
    }
}

/// Events of one key stay in order wherever the log is cut into partitions: those of a stream, and of the read marks of a room.
#[must_use]
pub const fn key(stream: StreamId, subject: Uuid) -> Uuid {
    match stream.kind {
        Kind::ReadCursor => subject,
        Kind::User | Kind::Friendship | Kind::Room | Kind::Inbox => stream.id,
    }
}

impl HasPersonal for Event {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        match self {
            Self::User(event) => event.visit_personal(visit),
            Self::Friendship(event) => event.visit_personal(visit),
            Self::Room(event) => event.visit_personal(visit),
            Self::ReadCursor(_) | Self::Inbox(_) => {}
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
into_event!(
    User(UserEvent),
    Friendship(FriendshipEvent),
    Room(RoomEvent),
    ReadCursor(ReadCursorEvent),
    Inbox(InboxEvent)
);

impl Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::User(event) => event.serialize(to),
            Self::Friendship(event) => event.serialize(to),
            Self::Room(event) => event.serialize(to),
            Self::ReadCursor(event) => event.serialize(to),
            Self::Inbox(event) => event.serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{ANN, BOB};

    fn all_shapes() -> Vec<(&'static str, u16)> {
        [UserEvent::SHAPES, FriendshipEvent::SHAPES, RoomEvent::SHAPES, ReadCursorEvent::SHAPES, InboxEvent::SHAPES]
            .concat()
    }

    fn newest_of_all<E: Upcast>(shapes: &[(&str, u16)]) {
        for (name, shape) in shapes {
            assert_eq!(E::newest_shape(name), *shape, "{name}");
        }
        assert_eq!(E::newest_shape("NeverHeardOf"), 0);
    }

    #[test]
    fn the_newest_shape_of_every_event_is_the_one_that_is_written() {
        newest_of_all::<UserEvent>(UserEvent::SHAPES);
        newest_of_all::<FriendshipEvent>(FriendshipEvent::SHAPES);
        newest_of_all::<RoomEvent>(RoomEvent::SHAPES);
        newest_of_all::<ReadCursorEvent>(ReadCursorEvent::SHAPES);
        newest_of_all::<InboxEvent>(InboxEvent::SHAPES);
    }

    #[test]
    fn read_marks_are_of_one_key_with_their_room() {
        let room = crate::RoomId(Uuid::from_u128(7));
        let moved = ReadCursorEvent::ReadMarkMoved { room, user: ANN, up_to: 1, number: 1, newly_read: 1 };
        let cursor = StreamId { kind: Kind::ReadCursor, id: Uuid::from_u128(9) };
        assert_eq!(ReadCursor::subject(&moved, cursor.id), room.0);
        assert_eq!(key(cursor, subject(&moved.into(), cursor.id)), room.0);
    }

    /// One line for each shape that was ever written, as it lies in somebody's store: lines are added, never changed.
    const EVER_WRITTEN: &str = include_str!("event/shapes.jsonl");

    /// A line of it: kind, name, shape and payload.
    fn ever_written() -> impl Iterator<Item = (Kind, String, u16, serde_json::Value)> {
        EVER_WRITTEN.lines().map(|line| serde_json::from_str(line).expect(line))
    }

    #[test]
    fn whatever_was_ever_written_is_still_read() {
        for (kind, name, shape, payload) in ever_written() {
            let event = Event::read(kind, &name, shape, &payload.to_string()).expect(&name);
            assert_eq!(event.name(), name);
        }
    }

    #[test]
    fn what_is_written_today_is_of_the_shape_that_it_says() {
        for (kind, name, shape, payload) in ever_written() {
            let event = Event::read(kind, &name, shape, &payload.to_string()).expect(&name);
            if shape == event.shape() {
                assert_eq!(serde_json::to_value(&event).expect("sealed"), payload, "raise the shape of {name}");
            }
        }
    }

    #[test]
    fn every_shape_of_every_event_has_its_line() {
        let lines: std::collections::BTreeSet<_> = ever_written().map(|(_, name, shape, _)| (name, shape)).collect();
        let all = all_shapes().into_iter();
        let all = all.flat_map(|(name, newest)| (1..=newest).map(move |shape| (name.to_owned(), shape)));
        assert_eq!(lines, all.collect());
    }

    #[test]
    fn no_two_contexts_have_an_event_of_the_same_name() {
        let all = all_shapes();
        let names: std::collections::BTreeSet<_> = all.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn an_event_is_written_under_its_name_and_read_back() {
        let event = FriendshipEvent::UserBlocked { blocker: ANN, blocked: BOB };
        let json = serde_json::to_string(&Event::from(event.clone())).expect("nothing personal");
        assert!(json.starts_with(r#"{"UserBlocked":"#), "{json}");
        let read = Event::read(Kind::Friendship, event.name(), event.shape(), &json).expect("known");
        assert_eq!(read, Event::Friendship(event));
    }

    #[test]
    fn an_event_of_a_later_release_is_refused_not_guessed() {
        let later = Event::read(Kind::Room, "RoomPainted", 1, r#"{"RoomPainted":{}}"#);
        assert!(matches!(later, Err(UnreadableEvent::TooNew { shape: 1, known: 0, .. })), "{later:?}");
        let reshaped = Event::read(Kind::User, "PasswordChanged", 2, r#"{"PasswordChanged":{}}"#);
        assert!(matches!(reshaped, Err(UnreadableEvent::TooNew { shape: 2, known: 1, .. })), "{reshaped:?}");
    }

    #[test]
    fn a_payload_that_is_not_of_its_type_is_refused() {
        for json in ["", "{}", "[]", r#"{"UserBlocked":{"blocker":1}}"#] {
            let read = Event::read(Kind::Friendship, "UserBlocked", 1, json);
            assert!(matches!(read, Err(UnreadableEvent::Malformed { .. })), "{json}: {read:?}");
        }
    }
}
