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
