//! What something was at a version: folded through the aggregate that decides on it.

use domain::friendship::Friendship;
use domain::inbox::Inbox;
use domain::read_cursor::ReadCursor;
use domain::room::Room;
use domain::user::User;
use domain::{Decide, Event, Kind};
use serde_json::Value;

use super::opened;

/// The state of a stream.
#[derive(Clone, Debug)]
pub enum State {
    User(Box<User>),
    Friendship(Friendship),
    Room(Box<Room>),
    ReadCursor(ReadCursor),
    Inbox(Box<Inbox>),
}

impl State {
    /// Before anything happened.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::User(Box::default()),
            Kind::Friendship => Self::Friendship(Friendship::default()),
            Kind::Room => Self::Room(Box::default()),
            Kind::ReadCursor => Self::ReadCursor(ReadCursor::default()),
            Kind::Inbox => Self::Inbox(Box::default()),
        }
    }

    /// Takes in an event, its personal fields open; one of another kind of stream changes nothing.
    pub fn take(&mut self, event: Event) {
        match (self, event) {
            (Self::User(state), Event::User(event)) => apply(&mut **state, event),
            (Self::Friendship(state), Event::Friendship(event)) => apply(state, event),
            (Self::Room(state), Event::Room(event)) => apply(&mut **state, event),
            (Self::ReadCursor(state), Event::ReadCursor(event)) => apply(state, event),
            (Self::Inbox(state), Event::Inbox(event)) => apply(&mut **state, event),
            _ => {}
        }
    }

    /// As JSON in which personal data can be read.
    ///
    /// # Errors
    /// A personal field is of no form that can be shown.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::User(state) => opened(&**state),
            Self::Friendship(state) => opened(state),
            Self::Room(state) => opened(&**state),
            Self::ReadCursor(state) => opened(state),
            Self::Inbox(state) => opened(&**state),
        }
    }
}

fn apply<A: Decide>(state: &mut A, event: A::Event) {
    state.apply(event);
}
