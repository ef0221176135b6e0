//! The one who asked takes it back.

use super::{Friendship, FriendshipError, FriendshipEvent, Status};
use crate::UserId;

/// Withdraws one's own pending request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelRequest {
    pub by: UserId,
}

impl CancelRequest {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        if !pair.is_between(self.by) {
            return Err(FriendshipError::Unknown);
        }
        if pair.status != Status::Pending {
            return Err(FriendshipError::NotPending);
        }
        if pair.requester != Some(self.by) {
            return Err(FriendshipError::NotOwnRequest);
        }
        Ok(vec![FriendshipEvent::FriendRequestCancelled { by: self.by }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::FriendshipCommand;
    use super::super::given::*;
    use super::*;

    fn cancel(by: UserId) -> FriendshipCommand {
        FriendshipCommand::Cancel(CancelRequest { by })
    }

    #[test]
    fn the_requester_takes_the_request_back() {
        given::<Friendship>(vec![asked()]).when(cancel(ANN)).then_expect_events(vec![cancelled(ANN)]);
    }

    #[test]
    fn the_one_who_was_asked_rejects_instead_of_cancelling() {
        given::<Friendship>(vec![asked()]).when(cancel(BOB)).then_expect_error(FriendshipError::NotOwnRequest);
    }

    #[test]
    fn a_request_that_is_answered_or_withdrawn_is_not_cancelled() {
        for over in endings() {
            given::<Friendship>(over).when(cancel(ANN)).then_expect_error(FriendshipError::NotPending);
        }
    }

    #[test]
    fn nobody_else_learns_of_the_request() {
        for history in [vec![], vec![asked()]] {
            given::<Friendship>(history).when(cancel(CID)).then_expect_error(FriendshipError::Unknown);
        }
    }
}
