//! A group gets another name.

use super::{LONGEST_NAME, Room, RoomError, RoomEvent};
use crate::{Personal, UserId, text};

/// Gives the group a name; the name that it has already changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    pub by: UserId,
    pub name: String,
}

impl Rename {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        room.manager(self.by)?;
        let name =
            text::name(&self.name, LONGEST_NAME).map_err(|reason| RoomError::Text { field: "name", reason })?;
        if room.name.as_ref().and_then(Personal::value) == Some(&name) {
            return Ok(vec![]);
        }
        Ok(vec![RoomEvent::RoomRenamed { name: Personal::about(self.by, name), by: self.by }])
    }
}
