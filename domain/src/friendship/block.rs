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
        Ok(self.ending(pair).into_iter().chain([blocked]).collect())
    }

    /// How what was between the two ends.
    fn ending(&self, pair: &Friendship) -> Option<FriendshipEvent> {
        let by = self.blocker;
        match pair.status {
            Status::Accepted => Some(FriendshipEvent::FriendRemoved { by }),
            Status::Pending if pair.requester == Some(by) => Some(FriendshipEvent::FriendRequestCancelled { by }),
            Status::Pending => Some(FriendshipEvent::FriendRequestRejected { by }),
            Status::None | Status::Rejected | Status::Cancelled | Status::Removed => None,
        }
    }
}
