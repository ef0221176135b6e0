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
