//! A block is lifted.

use super::{Friendship, FriendshipError, FriendshipEvent};
use crate::UserId;

/// Lifts one's own block; what was between the two does not come back. Without a block nothing changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unblock {
    pub blocker: UserId,
    pub blocked: UserId,
}

impl Unblock {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        if !pair.is_blocked_by(self.blocker) {
            return Ok(vec![]);
        }
        Ok(vec![FriendshipEvent::UserUnblocked { blocker: self.blocker, blocked: self.blocked }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{FriendshipCommand, Status};
    use super::*;

    fn unblock(blocker: UserId, blocked: UserId) -> FriendshipCommand {
        FriendshipCommand::Unblock(Unblock { blocker, blocked })
    }

    #[test]
    fn one_lifts_ones_own_block() {
        let lifted = given::<Friendship>(vec![blocked(ANN, BOB)]).when(unblock(ANN, BOB));
        lifted.then_expect_events(vec![unblocked(ANN, BOB)]);
    }

    #[test]
    fn the_blocked_one_can_not_lift_the_block() {
        given::<Friendship>(vec![blocked(ANN, BOB)]).when(unblock(BOB, ANN)).then_expect_events(vec![]);
    }

    #[test]
    fn without_a_block_nothing_changes() {
        for history in [vec![], vec![asked(), accepted(BOB)], vec![blocked(ANN, BOB), unblocked(ANN, BOB)]] {
            given::<Friendship>(history).when(unblock(ANN, BOB)).then_expect_events(vec![]);
        }
    }

    #[test]
    fn one_of_two_blocks_stays_when_the_other_is_lifted() {
        let pair = pair(vec![blocked(ANN, BOB), blocked(BOB, ANN), unblocked(ANN, BOB)]);
        assert_eq!((pair.is_blocked(), pair.is_blocked_by(ANN), pair.is_blocked_by(BOB)), (true, false, true));
    }

    #[test]
    fn a_lifted_block_does_not_bring_the_friendship_back() {
        let history = vec![asked(), accepted(BOB), removed(ANN), blocked(ANN, BOB), unblocked(ANN, BOB)];
        assert_eq!(pair(history).status(), Status::Removed);
    }
}
