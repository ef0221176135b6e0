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
        if users.iter().any(|invited| invited.blocked) {
            return Err(RoomError::BlockedUser);
        }
        users.sort_by_key(|invited| invited.user);
        users.dedup_by_key(|invited| invited.user);
        if room.present().count() + users.len() > MOST_MEMBERS {
            return Err(RoomError::TooManyMembers);
        }
        let joined =
            |invited: &Invited| RoomEvent::MemberJoined { user: invited.user, role: Role::Member, added_by: self.by };
        Ok(users.into_iter().map(joined).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;

    fn add(by: UserId, users: Vec<Invited>) -> RoomCommand {
        RoomCommand::AddMembers(AddMembers { by, users })
    }

    fn blocked(user: UserId) -> Invited {
        Invited { user, blocked: true }
    }

    #[test]
    fn owners_and_admins_add_members() {
        for by in [ANN, BOB] {
            given::<Room>(group()).when(add(by, vec![invited(DAN)])).then_expect_events(vec![joined(DAN, by)]);
        }
    }

    #[test]
    fn nobody_else_does() {
        for (by, refused) in [(CID, RoomError::NotAllowed), (DAN, RoomError::NotFound), (EVE, RoomError::Gone)] {
            given::<Room>(group()).when(add(by, vec![invited(DAN)])).then_expect_error(refused);
        }
    }

    #[test]
    fn a_direct_room_stays_with_its_two() {
        given::<Room>(direct()).when(add(ANN, vec![invited(DAN)])).then_expect_error(RoomError::DirectRoom);
    }

    #[test]
    fn who_is_in_already_is_left_as_they_are() {
        given::<Room>(group()).when(add(ANN, vec![invited(BOB), invited(ANN)])).then_expect_events(vec![]);
        given::<Room>(group()).when(add(ANN, vec![])).then_expect_events(vec![]);
        given::<Room>(group()).when(add(ANN, vec![blocked(CID)])).then_expect_events(vec![]);
    }

    #[test]
    fn who_is_named_twice_joins_once() {
        let twice = vec![invited(DAN), invited(DAN)];
        given::<Room>(group()).when(add(ANN, twice)).then_expect_events(vec![joined(DAN, ANN)]);
    }

    #[test]
    fn one_blocked_invitee_refuses_all() {
        let users = vec![invited(person(9)), blocked(DAN)];
        given::<Room>(group()).when(add(ANN, users)).then_expect_error(RoomError::BlockedUser);
        let in_two_minds = vec![invited(DAN), blocked(DAN)];
        given::<Room>(group()).when(add(ANN, in_two_minds)).then_expect_error(RoomError::BlockedUser);
    }

    #[test]
    fn who_left_or_was_removed_can_be_added_again_as_a_plain_member() {
        let history = [group(), vec![removed(BOB, ANN)]].concat();
        let both = given::<Room>(history).when(add(ANN, vec![invited(EVE), invited(BOB)]));
        both.then_expect_events(vec![joined(BOB, ANN), joined(EVE, ANN)]);
    }

    #[test]
    fn a_group_has_at_most_1000_members() {
        let [first, second] = [person(5001), person(5002)];
        let almost = || given::<Room>(vec![crowd(MOST_MEMBERS - 1)]);
        almost().when(add(ANN, vec![invited(first)])).then_expect_events(vec![joined(first, ANN)]);
        let both = almost().when(add(ANN, vec![invited(first), invited(second)]));
        both.then_expect_error(RoomError::TooManyMembers);
    }

    #[test]
    fn those_who_are_gone_take_no_place() {
        let full = vec![crowd(MOST_MEMBERS), left(person(500))];
        let dora = person(5001);
        given::<Room>(full).when(add(ANN, vec![invited(dora)])).then_expect_events(vec![joined(dora, ANN)]);
    }

    #[test]
    fn a_full_group_still_answers_for_those_who_are_in() {
        let full = given::<Room>(vec![crowd(MOST_MEMBERS)]).when(add(ANN, vec![invited(person(500))]));
        full.then_expect_events(vec![]);
    }

    #[test]
    fn nobody_reopens_a_closed_room() {
        given::<Room>(closed()).when(add(ANN, vec![invited(ANN)])).then_expect_error(RoomError::Gone);
    }
}
