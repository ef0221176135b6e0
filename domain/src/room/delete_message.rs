//! A message is taken back.

use super::{Role, Room, RoomError, RoomEvent};
use crate::{MessageId, UserId};

/// Deletes one's own message or, as an admin, anybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteMessage {
    pub by: UserId,
    pub message_id: MessageId,
}

impl DeleteMessage {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let role = room.role_of(self.by)?;
        let message = room.message(self.message_id)?;
        if message.author != self.by && role < Role::Admin {
            return Err(RoomError::NotAuthor);
        }
        if message.deleted {
            return Err(RoomError::MessageDeleted);
        }
        Ok(vec![RoomEvent::MessageDeleted { message_id: self.message_id, deleted_by: self.by }])
    }
}
