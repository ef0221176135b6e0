//! How far each room is folded, and when something last happened there.

use domain::room::RoomEvent;
use domain::{Envelope, Event, Position, RoomId, Timestamp, Version};

use super::{TimelineChange, room_of};

/// Something happened in a room: everything up to `version` is here now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomMoved {
    pub room: RoomId,
    pub version: Version,
    /// The number of the message, if it is one.
    pub number: Option<u64>,
    pub position: Position,
    pub at: Timestamp,
}

pub(super) fn moved(event: &Envelope<Event>, said: &RoomEvent) -> TimelineChange {
    let number = match said {
        RoomEvent::MessageSent { number, .. } => Some(*number),
        _ => None,
    };
    let (version, position, at) = (event.version, event.position, event.recorded_at);
    TimelineChange::Room(RoomMoved { room: room_of(event), version, number, position, at })
}
