//! Who may do what in a room.

use serde::{Deserialize, Serialize};

use super::{Room, RoomError, RoomType};
use crate::UserId;

/// What a member may do; each may all that the ones before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Member,
    Admin,
    Owner,
}

impl Role {
    /// Owners manage everybody, admins the members.
    pub(super) const fn may_manage(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => matches!(other, Self::Member),
            Self::Member => false,
        }
    }
}

impl Room {
    /// The role of `user`: outsiders do not learn that the room exists, those who are gone do.
    ///
    /// # Errors
    /// [`RoomError::NotFound`] or [`RoomError::Gone`].
    pub fn role_of(&self, user: UserId) -> Result<Role, RoomError> {
        match self.members.get(&user) {
            None => Err(RoomError::NotFound),
            Some(None) => Err(RoomError::Gone),
            Some(Some(role)) => Ok(*role),
        }
    }

    /// The role of `user` in a group; a direct room is not managed.
    pub(super) fn role_in_group(&self, user: UserId) -> Result<Role, RoomError> {
        let role = self.role_of(user)?;
        if self.room_type == Some(RoomType::Direct) { Err(RoomError::DirectRoom) } else { Ok(role) }
    }

    /// That `user` may manage this group.
    pub(super) fn manager(&self, user: UserId) -> Result<Role, RoomError> {
        let role = self.role_in_group(user)?;
        if role >= Role::Admin { Ok(role) } else { Err(RoomError::NotAllowed) }
    }

    /// The role of another member whom somebody wants to manage.
    pub(super) fn managed(&self, user: UserId) -> Result<Role, RoomError> {
        self.members.get(&user).copied().flatten().ok_or(RoomError::MemberNotFound)
    }

    /// The members, without those who are gone.
    pub(super) fn present(&self) -> impl Iterator<Item = (UserId, Role)> {
        self.members.iter().filter_map(|(user, role)| role.map(|role| (*user, role)))
    }

    /// Whether it is a direct room in which one of the two is no more.
    pub(super) fn is_deserted(&self) -> bool {
        self.room_type == Some(RoomType::Direct) && !self.erased.is_empty()
    }

    /// Whether the room would be without an owner if `user` were not one.
    pub(super) fn is_last_owner(&self, user: UserId) -> bool {
        let mut owners = self.present().filter(|(_, role)| *role == Role::Owner).map(|(owner, _)| owner);
        owners.next() == Some(user) && owners.next().is_none()
    }
}
