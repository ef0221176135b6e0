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

#[cfg(test)]
mod tests {
    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;

    fn leave(by: UserId) -> RoomCommand {
        RoomCommand::Leave(Leave { by })
    }

    #[test]
    fn members_and_admins_leave_as_they_like() {
        for by in [BOB, CID] {
            given::<Room>(group()).when(leave(by)).then_expect_events(vec![left(by)]);
        }
    }

    #[test]
    fn the_last_owner_does_not_leave_the_others_behind() {
        given::<Room>(group()).when(leave(ANN)).then_expect_error(RoomError::LastOwner);
    }

    #[test]
    fn an_owner_who_handed_over_leaves() {
        let history = [group(), vec![became(CID, Owner, ANN)]].concat();
        given::<Room>(history.clone()).when(leave(ANN)).then_expect_events(vec![left(ANN)]);
        given::<Room>([history, vec![left(ANN)]].concat()).when(leave(CID)).then_expect_error(RoomError::LastOwner);
    }

    #[test]
    fn a_sole_member_leaves_and_the_room_closes() {
        let history = [group(), vec![left(BOB), removed(CID, ANN)]].concat();
        given::<Room>(history).when(leave(ANN)).then_expect_events(vec![left(ANN), RoomEvent::RoomClosed {}]);
    }

    #[test]
    fn nobody_leaves_twice_nor_a_room_that_is_none_of_theirs() {
        for (by, refused) in [(EVE, RoomError::Gone), (DAN, RoomError::NotFound)] {
            given::<Room>(group()).when(leave(by)).then_expect_error(refused);
        }
        given::<Room>(closed()).when(leave(ANN)).then_expect_error(RoomError::Gone);
        given::<Room>(vec![]).when(leave(ANN)).then_expect_error(RoomError::NotFound);
    }

    #[test]
    fn a_direct_room_is_not_left() {
        given::<Room>(direct()).when(leave(ANN)).then_expect_error(RoomError::DirectRoom);
    }
}
