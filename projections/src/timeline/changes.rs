//! What happened at each version of a room that is not the sending of a message.

use domain::room::{Role, RoomEvent, RoomType};
use domain::{Envelope, Event, MessageId, Position, RoomId, Timestamp, UserId, Version};
use serde::Serialize;

use super::{TimelineChange, room_of};
use crate::ports::Unprojectable;
use crate::readable::readable;

/// One version of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    pub room: RoomId,
    pub version: Version,
    pub position: Position,
    /// The event's name.
    pub kind: &'static str,
    pub message: Option<MessageId>,
    /// Who did it.
    pub actor: Option<UserId>,
    /// JSON: `user`, `role`, `emoji`, `room_type`, as far as the event says them. Never contents or names.
    pub detail: String,
    /// The name that its actor gave the room; none when erased, or where none was given.
    pub name: Option<String>,
    pub at: Timestamp,
}

#[derive(Default, Serialize)]
struct Detail<'a> {
    /// Whom it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_type: Option<RoomType>,
}

pub(super) fn of(event: &Envelope<Event>, said: &RoomEvent) -> Result<Option<TimelineChange>, Unprojectable> {
    let name = match said {
        RoomEvent::MessageSent { .. } => return Ok(None),
        RoomEvent::RoomRenamed { name, .. } => readable(name)?,
        _ => None,
    };
    Ok(Some(TimelineChange::Change(ChangeRow {
        room: room_of(event),
        version: event.version,
        position: event.position,
        kind: said.name(),
        message: said.message(),
        actor: actor(said).or(event.actor.user),
        // It is made of texts: this does not fail.
        detail: serde_json::to_string(&detail(said)).unwrap_or_default(),
        name,
        at: event.recorded_at,
    })))
}

/// Who did it, as far as the event says so itself.
const fn actor(said: &RoomEvent) -> Option<UserId> {
    match said {
        RoomEvent::RoomOpened { opened_by: by, .. }
        | RoomEvent::RoomRenamed { by, .. }
        | RoomEvent::MemberJoined { added_by: by, .. }
        | RoomEvent::MemberLeft { user: by }
        | RoomEvent::MemberErased { user: by, .. }
        | RoomEvent::MemberRemoved { removed_by: by, .. }
        | RoomEvent::MemberRoleChanged { by, .. }
        | RoomEvent::MessageSent { author: by, .. }
        | RoomEvent::MessageDeleted { deleted_by: by, .. }
        | RoomEvent::ReactionAdded { user: by, .. }
        | RoomEvent::ReactionRemoved { user: by, .. } => Some(*by),
        RoomEvent::RoomClosed {} | RoomEvent::MessageEdited { .. } => None,
    }
}

fn detail(said: &RoomEvent) -> Detail<'_> {
    match said {
        RoomEvent::RoomOpened { room_type, .. } => Detail { room_type: Some(*room_type), ..Detail::default() },
        RoomEvent::MemberJoined { user, role, .. } | RoomEvent::MemberRoleChanged { user, role, .. } => {
            Detail { user: Some(*user), role: Some(*role), ..Detail::default() }
        }
        RoomEvent::MemberLeft { user }
        | RoomEvent::MemberRemoved { user, .. }
        | RoomEvent::MemberErased { user, .. } => Detail { user: Some(*user), ..Detail::default() },
        RoomEvent::ReactionAdded { user, emoji, .. } | RoomEvent::ReactionRemoved { user, emoji, .. } => {
            Detail { user: Some(*user), emoji: Some(emoji), ..Detail::default() }
        }
        RoomEvent::RoomRenamed { .. }
        | RoomEvent::RoomClosed {}
        | RoomEvent::MessageSent { .. }
        | RoomEvent::MessageEdited { .. }
        | RoomEvent::MessageDeleted { .. } => Detail::default(),
    }
}
