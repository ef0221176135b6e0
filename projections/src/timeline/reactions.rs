//! Who reacted how to which message.

use domain::room::RoomEvent;
use domain::{Envelope, Event, MessageId, RoomId, UserId, Version};

use super::{TimelineChange, room_of};

/// A reaction stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reacted {
    pub room: RoomId,
    pub version: Version,
    pub message: MessageId,
    pub emoji: String,
    pub user: UserId,
}

/// A reaction stands no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreacted {
    pub room: RoomId,
    pub version: Version,
    pub message: MessageId,
    pub emoji: String,
    pub user: UserId,
}

pub(super) fn of(event: &Envelope<Event>, said: &RoomEvent) -> Option<TimelineChange> {
    let (room, version) = (room_of(event), event.version);
    match said {
        RoomEvent::ReactionAdded { message_id, user, emoji } => Some(TimelineChange::Reacted(Reacted {
            room,
            version,
            message: *message_id,
            emoji: emoji.clone(),
            user: *user,
        })),
        RoomEvent::ReactionRemoved { message_id, user, emoji } => Some(TimelineChange::Unreacted(Unreacted {
            room,
            version,
            message: *message_id,
            emoji: emoji.clone(),
            user: *user,
        })),
        _ => None,
    }
}
