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

#[cfg(test)]
mod tests {
    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;

    fn change(by: UserId, user: UserId, role: Role) -> RoomCommand {
        RoomCommand::ChangeRole(ChangeRole { by, user, role })
    }

    /// Ann and Dan own it, Bob and Eve are admins, Cid and the sixth are members.
    fn two_of_each() -> Vec<RoomEvent> {
        vec![group_of(&[(ANN, Owner), (DAN, Owner), (BOB, Admin), (EVE, Admin), (CID, Plain), (person(6), Plain)])]
    }

    #[test]
    fn owners_give_anybody_any_role() {
        for user in [DAN, EVE, CID] {
            let before = room(&two_of_each()).role_of(user).expect("a member");
            for role in [Owner, Admin, Plain].into_iter().filter(|role| *role != before) {
                let asked = given::<Room>(two_of_each()).when(change(ANN, user, role));
                asked.then_expect_events(vec![became(user, role, ANN)]);
            }
        }
    }

    #[test]
    fn admins_make_admins_of_members_and_no_more() {
        given::<Room>(two_of_each()).when(change(BOB, CID, Admin)).then_expect_events(vec![became(CID, Admin, BOB)]);
        for (user, role) in [(CID, Owner), (EVE, Owner), (EVE, Plain), (ANN, Admin), (ANN, Plain), (BOB, Owner)] {
            let asked = given::<Room>(two_of_each()).when(change(BOB, user, role));
            asked.then_expect_error(RoomError::NotAllowed);
        }
    }

    #[test]
    fn members_change_nobodys_role() {
        for (user, role) in [(ANN, Plain), (BOB, Plain), (person(6), Admin), (CID, Owner), (CID, Plain)] {
            let asked = given::<Room>(two_of_each()).when(change(CID, user, role));
            asked.then_expect_error(RoomError::NotAllowed);
        }
    }

    #[test]
    fn one_steps_down_by_oneself_but_not_up() {
        given::<Room>(two_of_each()).when(change(BOB, BOB, Plain)).then_expect_events(vec![became(BOB, Plain, BOB)]);
        given::<Room>(two_of_each()).when(change(ANN, ANN, Admin)).then_expect_events(vec![became(ANN, Admin, ANN)]);
        given::<Room>(two_of_each()).when(change(BOB, BOB, Owner)).then_expect_error(RoomError::NotAllowed);
    }

    #[test]
    fn the_last_owner_does_not_step_down() {
        for role in [Admin, Plain] {
            given::<Room>(group()).when(change(ANN, ANN, role)).then_expect_error(RoomError::LastOwner);
        }
        let alone = vec![group_of(&[(ANN, Owner)])];
        given::<Room>(alone).when(change(ANN, ANN, Plain)).then_expect_error(RoomError::LastOwner);
    }

    #[test]
    fn owners_who_are_gone_do_not_count() {
        let history = [two_of_each(), vec![left(DAN)]].concat();
        given::<Room>(history).when(change(ANN, ANN, Plain)).then_expect_error(RoomError::LastOwner);
    }

    #[test]
    fn who_was_demoted_manages_nobody_any_more() {
        let history = [two_of_each(), vec![became(BOB, Plain, ANN)]].concat();
        given::<Room>(history).when(change(BOB, CID, Admin)).then_expect_error(RoomError::NotAllowed);
    }

    #[test]
    fn the_role_that_they_have_already_changes_nothing() {
        for (user, role) in [(ANN, Owner), (BOB, Admin), (CID, Plain)] {
            given::<Room>(group()).when(change(ANN, user, role)).then_expect_events(vec![]);
        }
    }

    #[test]
    fn only_members_have_roles() {
        for user in [DAN, EVE] {
            given::<Room>(group()).when(change(ANN, user, Admin)).then_expect_error(RoomError::MemberNotFound);
        }
    }

    #[test]
    fn outsiders_do_not_learn_of_the_room_and_those_who_are_gone_are_told() {
        for (by, refused) in [(DAN, RoomError::NotFound), (EVE, RoomError::Gone)] {
            given::<Room>(group()).when(change(by, CID, Admin)).then_expect_error(refused);
        }
    }

    #[test]
    fn a_direct_room_has_no_roles_to_give() {
        given::<Room>(direct()).when(change(ANN, BOB, Owner)).then_expect_error(RoomError::DirectRoom);
    }
}
