//! Somebody wants nothing more to do with somebody.

use super::{Friendship, FriendshipError, FriendshipEvent, Status};
use crate::UserId;

/// Blocks the other: friendship and requests between the two end. Blocking twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub blocker: UserId,
    pub blocked: UserId,
}

impl Block {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        if self.blocker == self.blocked {
            return Err(FriendshipError::Oneself);
        }
        if pair.is_blocked_by(self.blocker) {
            return Ok(vec![]);
        }
        let blocked = FriendshipEvent::UserBlocked { blocker: self.blocker, blocked: self.blocked };
        Ok(pair.ending(self.blocker).into_iter().chain([blocked]).collect())
    }
}

impl Friendship {
    /// How `by` ends what is between the two, if something is.
    pub(super) fn ending(&self, by: UserId) -> Option<FriendshipEvent> {
        match self.status {
            Status::Accepted => Some(FriendshipEvent::FriendRemoved { by }),
            Status::Pending if self.requester == Some(by) => Some(FriendshipEvent::FriendRequestCancelled { by }),
            Status::Pending => Some(FriendshipEvent::FriendRequestRejected { by }),
            Status::None | Status::Rejected | Status::Cancelled | Status::Removed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::FriendshipCommand;
    use super::super::given::*;
    use super::*;

    fn block(blocker: UserId, blocked: UserId) -> FriendshipCommand {
        FriendshipCommand::Block(Block { blocker, blocked })
    }

    #[test]
    fn a_stranger_is_blocked_by_either() {
        for (blocker, other) in [(ANN, BOB), (BOB, ANN)] {
            let strangers = given::<Friendship>(vec![]).when(block(blocker, other));
            strangers.then_expect_events(vec![blocked(blocker, other)]);
        }
    }

    #[test]
    fn a_block_ends_the_friendship() {
        for (blocker, other) in [(ANN, BOB), (BOB, ANN)] {
            let friends = given::<Friendship>(vec![asked(), accepted(BOB)]).when(block(blocker, other));
            friends.then_expect_events(vec![removed(blocker), blocked(blocker, other)]);
        }
    }

    #[test]
    fn a_block_cancels_ones_own_pending_request() {
        let ended = vec![cancelled(ANN), blocked(ANN, BOB)];
        given::<Friendship>(vec![asked()]).when(block(ANN, BOB)).then_expect_events(ended);
    }

    #[test]
    fn a_block_rejects_the_others_pending_request() {
        let ended = vec![rejected(BOB), blocked(BOB, ANN)];
        given::<Friendship>(vec![asked()]).when(block(BOB, ANN)).then_expect_events(ended);
    }

    #[test]
    fn what_is_over_does_not_end_again() {
        for over in endings().into_iter().skip(1) {
            given::<Friendship>(over).when(block(ANN, BOB)).then_expect_events(vec![blocked(ANN, BOB)]);
        }
    }

    #[test]
    fn blocking_twice_changes_nothing() {
        given::<Friendship>(vec![blocked(ANN, BOB)]).when(block(ANN, BOB)).then_expect_events(vec![]);
    }

    #[test]
    fn the_blocked_one_can_block_in_turn() {
        let both = given::<Friendship>(vec![blocked(ANN, BOB)]).when(block(BOB, ANN));
        both.then_expect_events(vec![blocked(BOB, ANN)]);
    }

    #[test]
    fn a_lifted_block_can_be_set_again() {
        let history = vec![blocked(ANN, BOB), unblocked(ANN, BOB)];
        given::<Friendship>(history).when(block(ANN, BOB)).then_expect_events(vec![blocked(ANN, BOB)]);
    }

    #[test]
    fn nobody_blocks_oneself() {
        given::<Friendship>(vec![]).when(block(ANN, ANN)).then_expect_error(FriendshipError::Oneself);
    }

    #[test]
    fn a_pair_knows_who_blocked_whom() {
        let pair = pair(vec![blocked(ANN, BOB)]);
        assert_eq!((pair.is_blocked(), pair.is_blocked_by(ANN), pair.is_blocked_by(BOB)), (true, true, false));
    }
}
