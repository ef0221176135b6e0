//! A group gets another name.

use super::{LONGEST_NAME, Room, RoomError, RoomEvent};
use crate::{Personal, UserId, text};

/// Gives the group a name; the name that it has already changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    pub by: UserId,
    /// None changes nothing either, and every member may ask for that.
    pub name: Option<String>,
}

impl Rename {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let Some(name) = &self.name else { return room.role_of(self.by).map(|_| vec![]) };
        room.manager(self.by)?;
        let name = text::name(name, LONGEST_NAME).map_err(|reason| RoomError::Text { field: "name", reason })?;
        if room.name.as_ref().and_then(Personal::value) == Some(&name) {
            return Ok(vec![]);
        }
        Ok(vec![RoomEvent::RoomRenamed { name: Personal::about(self.by, name), by: self.by }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;
    use crate::text::TextError;

    fn rename(by: UserId, name: &str) -> RoomCommand {
        RoomCommand::Rename(Rename { by, name: Some(name.to_owned()) })
    }

    fn renamed(by: UserId, name: &str) -> RoomEvent {
        RoomEvent::RoomRenamed { name: Personal::about(by, name.to_owned()), by }
    }

    #[test]
    fn owners_and_admins_rename_a_group() {
        for by in [ANN, BOB] {
            given::<Room>(group()).when(rename(by, " Tea ")).then_expect_events(vec![renamed(by, "Tea")]);
        }
    }

    #[test]
    fn nobody_else_does() {
        for (by, refused) in [(CID, RoomError::NotAllowed), (DAN, RoomError::NotFound), (EVE, RoomError::Gone)] {
            given::<Room>(group()).when(rename(by, "Tea")).then_expect_error(refused);
        }
    }

    #[test]
    fn the_name_that_it_has_already_changes_nothing() {
        let tea = [group(), vec![renamed(ANN, "Tea")]].concat();
        given::<Room>(tea.clone()).when(rename(BOB, " Tea")).then_expect_events(vec![]);
        given::<Room>(tea).when(rename(BOB, "tea")).then_expect_events(vec![renamed(BOB, "tea")]);
    }

    #[test]
    fn no_name_changes_nothing_for_members_of_any_room() {
        let nothing = |by| RoomCommand::Rename(Rename { by, name: None });
        for (history, by) in [(group(), CID), (direct(), BOB)] {
            given::<Room>(history).when(nothing(by)).then_expect_events(vec![]);
        }
        for (by, refused) in [(DAN, RoomError::NotFound), (EVE, RoomError::Gone)] {
            given::<Room>(group()).when(nothing(by)).then_expect_error(refused);
        }
    }

    #[test]
    fn a_direct_room_has_no_name_of_its_own() {
        given::<Room>(direct()).when(rename(ANN, "Us")).then_expect_error(RoomError::DirectRoom);
    }

    #[test]
    fn a_name_that_is_not_of_the_form_is_refused() {
        let too_long = "a".repeat(LONGEST_NAME + 1);
        for (name, reason) in
            [(" ", TextError::Blank), (&*too_long, TextError::TooLong), ("Tea\u{202e}", TextError::Forbidden)]
        {
            let refused = RoomError::Text { field: "name", reason };
            given::<Room>(group()).when(rename(ANN, name)).then_expect_error(refused);
        }
    }
}
