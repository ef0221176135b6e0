//! The one who was asked says no.

use super::{Friendship, FriendshipError, FriendshipEvent};
use crate::UserId;

/// Rejects the pending request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectRequest {
    pub by: UserId,
}

impl RejectRequest {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        pair.answerable_by(self.by)?;
        Ok(vec![FriendshipEvent::FriendRequestRejected { by: self.by }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::FriendshipCommand;
    use super::super::given::*;
    use super::*;

    fn reject(by: UserId) -> FriendshipCommand {
        FriendshipCommand::Reject(RejectRequest { by })
    }

    #[test]
    fn the_one_who_was_asked_rejects() {
        given::<Friendship>(vec![asked()]).when(reject(BOB)).then_expect_events(vec![rejected(BOB)]);
    }

    #[test]
    fn the_requester_cancels_instead_of_rejecting() {
        given::<Friendship>(vec![asked()]).when(reject(ANN)).then_expect_error(FriendshipError::OwnRequest);
    }

    #[test]
    fn a_request_that_is_answered_or_withdrawn_is_not_rejected() {
        for over in endings() {
            given::<Friendship>(over).when(reject(BOB)).then_expect_error(FriendshipError::NotPending);
        }
    }

    #[test]
    fn nobody_else_learns_of_the_request() {
        for history in [vec![], vec![asked()]] {
            given::<Friendship>(history).when(reject(CID)).then_expect_error(FriendshipError::Unknown);
        }
    }
}
