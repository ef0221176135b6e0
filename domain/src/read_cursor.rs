//! How far one member has read one room.

mod mark_read;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use mark_read::MarkRead;

use crate::aggregate::{aggregate, event_names};
use crate::event::{Upcast, shape_in};
use crate::{Decide, HasPersonal, Kind, PersonalField, Refusal, RefusalKind, RoomId, UserId, Version};

/// What a read mark's commands are decided on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadCursor {
    pub(crate) up_to: Version,
    pub(crate) number: u64,
}

/// An event of a read cursor's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadCursorEvent {
    /// `user` has read `room` up to the version `up_to`, its `number`-th message; `newly_read` were unread before.
    ReadMarkMoved { room: RoomId, user: UserId, up_to: Version, number: u64, newly_read: u64 },
}

event_names!(ReadCursorEvent { ReadMarkMoved: 1 });

/// A refusal by the rules of [`ReadCursor`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadCursorError {
    #[error("the room has no such version yet")]
    NotThereYet,
}

impl From<ReadCursorError> for Refusal {
    fn from(error: ReadCursorError) -> Self {
        Self { field: Some("up_to"), ..Self::new(RefusalKind::Invalid, "NOT_THERE_YET", error.to_string()) }
    }
}

/// What a reader can ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadCursorCommand {
    MarkRead(MarkRead),
}

aggregate!(ReadCursor, ReadCursorCommand, ReadCursorEvent, ReadCursorError);

impl ReadCursor {
    /// The room's version up to which it was read.
    #[must_use]
    pub const fn up_to(&self) -> Version {
        self.up_to
    }

    fn take_in(&mut self, event: ReadCursorEvent) {
        let ReadCursorEvent::ReadMarkMoved { up_to, number, .. } = event;
        self.up_to = self.up_to.max(up_to);
        self.number = self.number.max(number);
    }
}

impl Decide for ReadCursor {
    const KIND: Kind = Kind::ReadCursor;
    const SNAPSHOT_SHAPE: u16 = 1;

    fn decide(&self, command: &ReadCursorCommand) -> Result<Vec<ReadCursorEvent>, ReadCursorError> {
        let ReadCursorCommand::MarkRead(command) = command;
        command.decide(self)
    }

    /// The room that is read: whoever sees the envelope only must know with which events it stays in order.
    fn subject(event: &ReadCursorEvent, _own: Uuid) -> Uuid {
        let ReadCursorEvent::ReadMarkMoved { room, .. } = event;
        room.0
    }
}

impl Upcast for ReadCursorEvent {
    fn newest_shape(event_type: &str) -> u16 {
        shape_in(Self::SHAPES, event_type)
    }

    fn upcast(_event_type: &str, _shape: u16, payload: Value) -> Value {
        payload
    }
}

impl HasPersonal for ReadCursor {
    fn visit_personal(&mut self, _visit: &mut dyn FnMut(&mut dyn PersonalField)) {}
}

impl HasPersonal for ReadCursorEvent {
    fn visit_personal(&mut self, _visit: &mut dyn FnMut(&mut dyn PersonalField)) {}
}
