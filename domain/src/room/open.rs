//! A room is opened.

use std::collections::BTreeSet;

use super::{Invited, LONGEST_NAME, MOST_MEMBERS, Member, Role, Room, RoomError, RoomEvent, RoomType};
use crate::{Personal, UserId, text};

/// Opens the one direct room of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDirect {
    pub opened_by: UserId,
    pub other: UserId,
    /// Whether either has blocked the other.
    pub blocked: bool,
}

impl OpenDirect {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        if self.opened_by == self.other {
            return Err(RoomError::Oneself);
        }
        if self.blocked {
            return Err(RoomError::BlockedUser);
        }
        if room.room_type.is_some() {
            return Err(RoomError::AlreadyOpen);
        }
        let members = [self.opened_by, self.other].map(|user| Member { user, role: Role::Member });
        Ok(vec![RoomEvent::RoomOpened {
            room_type: RoomType::Direct,
            name: None,
            opened_by: self.opened_by,
            members: members.to_vec(),
        }])
    }
}

/// Opens a group; whoever opens it owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenGroup {
    pub opened_by: UserId,
    pub name: Option<String>,
    pub members: Vec<Invited>,
}

impl OpenGroup {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        if room.room_type.is_some() {
            return Err(RoomError::AlreadyOpen);
        }
        let others = self.others()?;
        let name = self.name.as_deref().map(|name| text::name(name, LONGEST_NAME)).transpose();
        let name = name.map_err(|reason| RoomError::Text { field: "name", reason })?;
        let owner = Member { user: self.opened_by, role: Role::Owner };
        let members = others.into_iter().map(|user| Member { user, role: Role::Member });
        Ok(vec![RoomEvent::RoomOpened {
            room_type: RoomType::Group,
            name: name.map(|name| Personal::about(self.opened_by, name)),
            opened_by: self.opened_by,
            members: [owner].into_iter().chain(members).collect(),
        }])
    }

    fn others(&self) -> Result<BTreeSet<UserId>, RoomError> {
        if self.members.iter().any(|invited| invited.blocked) {
            return Err(RoomError::BlockedUser);
        }
        let others: BTreeSet<_> =
            self.members.iter().map(|invited| invited.user).filter(|user| *user != self.opened_by).collect();
        match others.len() {
            0 => Err(RoomError::Oneself),
            MOST_MEMBERS.. => Err(RoomError::TooManyMembers),
            _ => Ok(others),
        }
    }
}
