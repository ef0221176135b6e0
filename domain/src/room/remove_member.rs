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

#[cfg(test)]
mod tests {
    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;

    fn remove(by: UserId, user: UserId) -> RoomCommand {
        RoomCommand::RemoveMember(RemoveMember { by, user })
    }

    #[test]
    fn owners_remove_anybody_and_admins_the_members() {
        let (owner, admin, member) = (person(11), person(12), person(13));
        let other = |role| match role {
            Owner => person(21),
            Admin => person(22),
            Plain => person(23),
        };
        for (by, whom, allowed) in [
            (owner, Owner, true),
            (owner, Admin, true),
            (owner, Plain, true),
            (admin, Owner, false),
            (admin, Admin, false),
            (admin, Plain, true),
            (member, Owner, false),
            (member, Admin, false),
            (member, Plain, false),
        ] {
            let two_of_each = [owner, other(Owner)].map(|user| (user, Owner)).into_iter();
            let two_of_each = two_of_each.chain([admin, other(Admin)].map(|user| (user, Admin)));
            let two_of_each = two_of_each.chain([member, other(Plain)].map(|user| (user, Plain)));
            let asked = given::<Room>(vec![group_of(&two_of_each.collect::<Vec<_>>())]).when(remove(by, other(whom)));
            let expected = if allowed { Ok(vec![removed(other(whom), by)]) } else { Err(RoomError::NotAllowed) };
            assert_eq!(asked.inspect_result(), expected, "{by} removes the {whom:?}");
        }
    }

    #[test]
    fn outsiders_do_not_learn_of_the_room_and_those_who_are_gone_are_told() {
        for (by, refused) in [(DAN, RoomError::NotFound), (EVE, RoomError::Gone)] {
            given::<Room>(group()).when(remove(by, CID)).then_expect_error(refused);
        }
    }

    #[test]
    fn who_is_not_in_it_can_not_be_removed() {
        for user in [DAN, EVE] {
            given::<Room>(group()).when(remove(ANN, user)).then_expect_error(RoomError::MemberNotFound);
        }
    }

    #[test]
    fn nobody_is_removed_from_a_direct_room() {
        for user in [ANN, BOB] {
            given::<Room>(direct()).when(remove(ANN, user)).then_expect_error(RoomError::DirectRoom);
        }
    }

    #[test]
    fn removing_oneself_is_leaving_whatever_ones_role() {
        given::<Room>(group()).when(remove(CID, CID)).then_expect_events(vec![left(CID)]);
        given::<Room>(group()).when(remove(ANN, ANN)).then_expect_error(RoomError::LastOwner);
    }

    #[test]
    fn who_was_removed_removes_nobody() {
        let history = [group(), vec![removed(BOB, ANN)]].concat();
        given::<Room>(history).when(remove(BOB, CID)).then_expect_error(RoomError::Gone);
    }
}
