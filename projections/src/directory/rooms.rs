//! Rooms without their messages.

use domain::room::{RoomEvent, RoomType};
use domain::{Envelope, Event, RoomId, Timestamp, Version};

use crate::ports::Unprojectable;
use crate::readable::{readable, readable_if_any};

/// What an event changes of a room; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomChanged {
    pub room: RoomId,
    pub version: Version,
    pub at: Timestamp,
    /// Said when the room is opened.
    pub room_type: Option<RoomType>,
    pub name: Option<Option<String>>,
    /// Whether it closes.
    pub closes: bool,
}

/// None when the event is about a message.
pub(super) fn changed(event: &Envelope<Event>, said: &RoomEvent) -> Result<Option<RoomChanged>, Unprojectable> {
    let (room, version, at) = (RoomId(event.stream.id), event.version, event.recorded_at);
    let same = RoomChanged { room, version, at, room_type: None, name: None, closes: false };
    Ok(match said {
        RoomEvent::RoomOpened { room_type, name, .. } => {
            let name = Some(readable_if_any(name.as_ref())?);
            Some(RoomChanged { room_type: Some(*room_type), name, ..same })
        }
        RoomEvent::RoomRenamed { name, .. } => Some(RoomChanged { name: Some(readable(name)?), ..same }),
        RoomEvent::RoomClosed {} => Some(RoomChanged { closes: true, ..same }),
        RoomEvent::MemberErased { name, .. } => Some(RoomChanged { name: name.then_some(None), ..same }),
        RoomEvent::MemberJoined { .. }
        | RoomEvent::MemberLeft { .. }
        | RoomEvent::MemberRemoved { .. }
        | RoomEvent::MemberRoleChanged { .. } => Some(same),
        RoomEvent::MessageSent { .. }
        | RoomEvent::MessageEdited { .. }
        | RoomEvent::MessageDeleted { .. }
        | RoomEvent::ReactionAdded { .. }
        | RoomEvent::ReactionRemoved { .. } => None,
    })
}
