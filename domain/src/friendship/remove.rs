//! A friendship ends.

use super::{Friendship, FriendshipError, FriendshipEvent, Status};
use crate::UserId;

/// Ends the friendship, from either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveFriend {
    pub by: UserId,
}

impl RemoveFriend {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        if pair.status != Status::Accepted || !pair.is_between(self.by) {
            return Err(FriendshipError::NotFriends);
        }
        Ok(vec![FriendshipEvent::FriendRemoved { by: self.by }])
    }
}
