//! Somebody asks somebody to be friends.

use super::{Friendship, FriendshipError, FriendshipEvent, LONGEST_REQUEST_MESSAGE, Status};
use crate::{Personal, UserId, text};

/// Asks; where the other's own request is pending, this accepts it.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestFriendship {
    pub requester: UserId,
    pub addressee: UserId,
    pub message: Option<String>,
}

impl RequestFriendship {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        if self.requester == self.addressee {
            return Err(FriendshipError::Oneself);
        }
        if let Some(message) = &self.message {
            text::content(message, LONGEST_REQUEST_MESSAGE).map_err(FriendshipError::Message)?;
        }
        if pair.is_blocked() {
            return Err(FriendshipError::Blocked);
        }
        match pair.status {
            Status::Accepted => Err(FriendshipError::AlreadyFriends),
            Status::Pending if pair.requester == Some(self.requester) => Err(FriendshipError::AlreadyPending),
            Status::Pending => Ok(vec![FriendshipEvent::FriendRequestAccepted { by: self.requester }]),
            Status::None | Status::Rejected | Status::Cancelled | Status::Removed => Ok(vec![self.asked()]),
        }
    }

    fn asked(&self) -> FriendshipEvent {
        FriendshipEvent::FriendRequested {
            requester: self.requester,
            addressee: self.addressee,
            message: self.message.clone().map(|text| Personal::about(self.requester, text)),
        }
    }
}
