//! Messages: sent, edited, deleted.

use domain::room::{MessageType, RoomEvent};
use domain::{Envelope, Event, MessageId, Position, RoomId, Timestamp, UserId, Version, text};

use super::{TimelineChange, room_of};
use crate::ports::Unprojectable;
use crate::readable::readable;

/// A message; its row is also the change row of the version at which it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub room: RoomId,
    pub version: Version,
    pub position: Position,
    pub id: MessageId,
    pub number: u64,
    pub author: UserId,
    /// None when deleted or erased.
    pub content: Option<String>,
    pub message_type: MessageType,
    pub reply_to: Option<MessageId>,
    pub sent_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

/// A message that was sent before has another content, or none any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    pub room: RoomId,
    /// The version of the edit or deletion.
    pub version: Version,
    pub id: MessageId,
    pub content: Option<String>,
    /// When it was edited, if that is what happened.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted, if that is what happened.
    pub deleted_at: Option<Timestamp>,
}

/// The terms by which a message with this content is found; none of one that is deleted or erased.
#[must_use]
pub fn search_terms(content: Option<&str>) -> Vec<String> {
    content.map(text::terms).unwrap_or_default()
}

pub(super) fn of(event: &Envelope<Event>, said: &RoomEvent) -> Result<Option<TimelineChange>, Unprojectable> {
    let at = Some(event.recorded_at);
    Ok(match said {
        RoomEvent::MessageSent { .. } => sent(event, said)?.map(TimelineChange::Sent),
        RoomEvent::MessageEdited { message_id, content } => {
            let content = readable(content)?;
            Some(rewritten(event, *message_id, |message| Rewritten { content, edited_at: at, ..message }))
        }
        RoomEvent::MessageDeleted { message_id, .. } => {
            Some(rewritten(event, *message_id, |message| Rewritten { deleted_at: at, ..message }))
        }
        _ => None,
    })
}

fn sent(event: &Envelope<Event>, said: &RoomEvent) -> Result<Option<Sent>, Unprojectable> {
    let RoomEvent::MessageSent { message_id, author, number, content, message_type, reply_to } = said else {
        return Ok(None);
    };
    Ok(Some(Sent {
        room: room_of(event),
        version: event.version,
        position: event.position,
        id: *message_id,
        number: *number,
        author: *author,
        content: readable(content)?,
        message_type: *message_type,
        reply_to: *reply_to,
        sent_at: event.recorded_at,
        edited_at: None,
        deleted_at: None,
    }))
}

fn rewritten(event: &Envelope<Event>, id: MessageId, how: impl FnOnce(Rewritten) -> Rewritten) -> TimelineChange {
    let (room, version) = (room_of(event), event.version);
    TimelineChange::Rewritten(how(Rewritten { room, version, id, content: None, edited_at: None, deleted_at: None }))
}
