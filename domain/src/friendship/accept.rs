//! The one who was asked says yes.

use super::{Friendship, FriendshipError, FriendshipEvent};
use crate::UserId;

/// Accepts the pending request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptRequest {
    pub by: UserId,
}

impl AcceptRequest {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        pair.answerable_by(self.by)?;
        Ok(vec![FriendshipEvent::FriendRequestAccepted { by: self.by }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::FriendshipCommand;
    use super::super::given::*;
    use super::*;

    fn accept(by: UserId) -> FriendshipCommand {
        FriendshipCommand::Accept(AcceptRequest { by })
    }

    #[test]
    fn the_one_who_was_asked_accepts() {
        given::<Friendship>(vec![asked()]).when(accept(BOB)).then_expect_events(vec![accepted(BOB)]);
    }

    #[test]
    fn a_request_that_is_answered_or_withdrawn_is_not_accepted_again() {
        for over in endings() {
            given::<Friendship>(over).when(accept(BOB)).then_expect_error(FriendshipError::NotPending);
        }
    }

    #[test]
    fn the_requester_can_not_accept_their_own_request() {
        for history in endings().into_iter().chain([vec![asked()]]) {
            given::<Friendship>(history).when(accept(ANN)).then_expect_error(FriendshipError::OwnRequest);
        }
    }

    #[test]
    fn nobody_else_learns_of_the_request() {
        for history in [vec![asked()], vec![asked(), accepted(BOB)], vec![asked(), blocked(ANN, BOB)]] {
            given::<Friendship>(history).when(accept(CID)).then_expect_error(FriendshipError::Unknown);
        }
    }

    #[test]
    fn without_a_request_there_is_nothing_to_accept() {
        for history in [vec![], vec![blocked(ANN, BOB)]] {
            given::<Friendship>(history).when(accept(BOB)).then_expect_error(FriendshipError::Unknown);
        }
    }

    #[test]
    fn a_request_that_was_made_again_the_other_way_round_is_the_others_to_accept() {
        let history = vec![asked(), rejected(BOB), asks(BOB, ANN)];
        given::<Friendship>(history.clone()).when(accept(BOB)).then_expect_error(FriendshipError::OwnRequest);
        given::<Friendship>(history).when(accept(ANN)).then_expect_events(vec![accepted(ANN)]);
    }

    #[test]
    fn a_request_that_a_block_ended_can_not_be_accepted_even_after_the_block() {
        let history = vec![asked(), rejected(BOB), blocked(BOB, ANN), unblocked(BOB, ANN)];
        given::<Friendship>(history).when(accept(BOB)).then_expect_error(FriendshipError::NotPending);
    }
}
