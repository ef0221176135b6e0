//! Somebody is put out of a group.

use super::{Leave, Room, RoomError, RoomEvent};
use crate::UserId;

/// Removes a member of a lower role, or, as an owner, anybody; removing oneself is leaving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveMember {
    pub by: UserId,
    pub user: UserId,
}

impl RemoveMember {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        if self.by == self.user {
            return Leave { by: self.by }.decide(room);
        }
        let role = room.manager(self.by)?;
        if !role.may_manage(room.managed(self.user)?) {
            return Err(RoomError::NotAllowed);
        }
        Ok(vec![RoomEvent::MemberRemoved { user: self.user, removed_by: self.by }])
    }
}
