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
