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
