//! A member says something.

use super::{LONGEST_CONTENT, MessageType, Room, RoomError, RoomEvent};
use crate::{MessageId, Personal, UserId, text};

/// Sends a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendMessage {
    pub message_id: MessageId,
    pub author: UserId,
    pub content: String,
    pub message_type: MessageType,
    pub reply_to: Option<MessageId>,
    /// Whether the two of a direct room have a block between them.
    pub blocked: bool,
}

impl SendMessage {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        room.role_of(self.author)?;
        room.may_write(&self.content, self.blocked)?;
        if let Some(replied) = self.reply_to {
            room.message(replied).map_err(|_| RoomError::ReplyElsewhere)?;
        }
        Ok(vec![RoomEvent::MessageSent {
            message_id: self.message_id,
            author: self.author,
            number: room.last_number + 1,
            content: Personal::about(self.author, self.content.clone()),
            message_type: self.message_type,
            reply_to: self.reply_to,
        }])
    }
}

impl Room {
    /// That this may be said here.
    pub(super) fn may_write(&self, content: &str, blocked: bool) -> Result<(), RoomError> {
        if blocked {
            return Err(RoomError::Blocked);
        }
        text::content(content, LONGEST_CONTENT).map_err(|reason| RoomError::Text { field: "content", reason })
    }
}
