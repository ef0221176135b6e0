//! A member goes.

use super::{Room, RoomError, RoomEvent};
use crate::UserId;

/// Leaves a group. The last owner hands over first, unless nobody else is left: then the room closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    pub by: UserId,
}

impl Leave {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        room.role_in_group(self.by)?;
        let left = RoomEvent::MemberLeft { user: self.by };
        if room.present().count() == 1 {
            return Ok(vec![left, RoomEvent::RoomClosed {}]);
        }
        if room.is_last_owner(self.by) {
            return Err(RoomError::LastOwner);
        }
        Ok(vec![left])
    }
}
