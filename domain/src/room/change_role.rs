//! A member may more, or less, than before.

use super::{Role, Room, RoomError, RoomEvent};
use crate::UserId;

/// Gives a member a role, at most one's own. The role that they have already changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRole {
    pub by: UserId,
    pub user: UserId,
    pub role: Role,
}

impl ChangeRole {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let own = room.manager(self.by)?;
        let before = room.managed(self.user)?;
        if before == self.role {
            return Ok(vec![]);
        }
        let oneself_down = self.by == self.user && self.role < own;
        if self.role > own || !(own.may_manage(before) || oneself_down) {
            return Err(RoomError::NotAllowed);
        }
        if room.is_last_owner(self.user) {
            return Err(RoomError::LastOwner);
        }
        Ok(vec![RoomEvent::MemberRoleChanged { user: self.user, role: self.role, by: self.by }])
    }
}
