//! A group gets new members.

use super::{MOST_MEMBERS, Role, Room, RoomError, RoomEvent};
use crate::UserId;

/// Somebody whom a member wants in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invited {
    pub user: UserId,
    /// Whether this user and the one who invites have a block between them.
    pub blocked: bool,
}

/// Adds members, all or nobody; those who are in already are left as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddMembers {
    pub by: UserId,
    pub users: Vec<Invited>,
}

impl AddMembers {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        room.manager(self.by)?;
        let mut users: Vec<_> =
            self.users.iter().filter(|invited| !matches!(room.members.get(&invited.user), Some(Some(_)))).collect();
        users.sort_by_key(|invited| invited.user);
        users.dedup_by_key(|invited| invited.user);
        if users.iter().any(|invited| invited.blocked) {
            return Err(RoomError::BlockedUser);
        }
        if room.present().count() + users.len() > MOST_MEMBERS {
            return Err(RoomError::TooManyMembers);
        }
        let joined =
            |invited: &Invited| RoomEvent::MemberJoined { user: invited.user, role: Role::Member, added_by: self.by };
        Ok(users.into_iter().map(joined).collect())
    }
}
