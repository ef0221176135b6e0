//! A member has read a room up to somewhere.

use super::{ReadCursor, ReadCursorError, ReadCursorEvent};
use crate::{RoomId, UserId, Version};

/// Moves the mark forward; a mark that would stand still or go back changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkRead {
    pub room: RoomId,
    pub user: UserId,
    /// The room's version that was read up to.
    pub up_to: Version,
    /// The number of the last message at or below `up_to`.
    pub number: u64,
    /// The room's version now.
    pub room_version: Version,
    /// How many messages are unread before, as the reader's read model says.
    pub unread: u64,
}

impl MarkRead {
    pub(super) fn decide(&self, cursor: &ReadCursor) -> Result<Vec<ReadCursorEvent>, ReadCursorError> {
        if self.up_to > self.room_version {
            return Err(ReadCursorError::NotThereYet);
        }
        if self.number <= cursor.number {
            return Ok(vec![]);
        }
        Ok(vec![ReadCursorEvent::ReadMarkMoved {
            room: self.room,
            user: self.user,
            up_to: self.up_to,
            number: self.number,
            newly_read: self.unread.min(self.number - cursor.number),
        }])
    }
}
