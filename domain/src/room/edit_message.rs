//! An author says it otherwise.

use super::{Room, RoomError, RoomEvent};
use crate::{MessageId, Personal, UserId};

/// Puts other content into one's own message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditMessage {
    pub by: UserId,
    pub message_id: MessageId,
    pub content: String,
    /// Whether the two of a direct room have a block between them.
    pub blocked: bool,
}

impl EditMessage {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        room.role_of(self.by)?;
        let message = room.message(self.message_id)?;
        if message.author != self.by {
            return Err(RoomError::NotAuthor);
        }
        if message.deleted {
            return Err(RoomError::MessageDeleted);
        }
        room.may_write(&self.content, self.blocked)?;
        let content = Personal::about(self.by, self.content.clone());
        Ok(vec![RoomEvent::MessageEdited { message_id: self.message_id, content }])
    }
}
