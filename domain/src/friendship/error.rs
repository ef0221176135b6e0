//! Why a command between two people is refused.

use crate::text::TextError;
use crate::{Refusal, RefusalKind};

/// A refusal by the rules of [`super::Friendship`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FriendshipError {
    #[error("one can not befriend or block oneself")]
    Oneself,
    #[error("a request is pending already")]
    AlreadyPending,
    #[error("they are friends already")]
    AlreadyFriends,
    #[error("there is no such user")]
    Blocked,
    #[error("there is no such request")]
    Unknown,
    #[error("the request is not pending any more")]
    NotPending,
    #[error("only the one who was asked can answer")]
    OwnRequest,
    #[error("only the one who asked can cancel")]
    NotOwnRequest,
    #[error("they are not friends")]
    NotFriends,
    #[error("message {0}")]
    Message(TextError),
}

impl From<FriendshipError> for Refusal {
    fn from(error: FriendshipError) -> Self {
        use RefusalKind::{Conflict, Forbidden, NotFound, Rule};
        let (kind, code) = match error {
            FriendshipError::Oneself => (Rule, "ONESELF"),
            FriendshipError::AlreadyPending => (Conflict, "REQUEST_PENDING"),
            FriendshipError::AlreadyFriends => (Conflict, "ALREADY_FRIENDS"),
            FriendshipError::Blocked => (NotFound, "USER_NOT_FOUND"),
            FriendshipError::Unknown => (NotFound, "REQUEST_NOT_FOUND"),
            FriendshipError::NotPending => (Conflict, "REQUEST_NOT_PENDING"),
            FriendshipError::OwnRequest => (Forbidden, "OWN_REQUEST"),
            FriendshipError::NotOwnRequest => (Forbidden, "NOT_OWN_REQUEST"),
            FriendshipError::NotFriends => (NotFound, "NOT_FRIENDS"),
            FriendshipError::Message(reason) => return Self::text("message", reason),
        };
        Self::new(kind, code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_is_of_the_kind_that_the_contract_gives_it() {
        use RefusalKind::{Conflict, Forbidden, NotFound, Rule};
        let kinds = [
            (FriendshipError::Oneself, Rule),
            (FriendshipError::AlreadyPending, Conflict),
            (FriendshipError::AlreadyFriends, Conflict),
            (FriendshipError::Blocked, NotFound),
            (FriendshipError::Unknown, NotFound),
            (FriendshipError::NotPending, Conflict),
            (FriendshipError::OwnRequest, Forbidden),
            (FriendshipError::NotOwnRequest, Forbidden),
            (FriendshipError::NotFriends, NotFound),
            (FriendshipError::Message(TextError::TooLong), RefusalKind::Invalid),
        ];
        for (error, kind) in kinds {
            assert_eq!(Refusal::from(error.clone()).kind, kind, "{error:?}");
        }
    }

    #[test]
    fn a_block_looks_like_an_unknown_user() {
        let blocked = Refusal::from(FriendshipError::Blocked);
        assert_eq!(blocked, Refusal::from(crate::user::UserError::Unknown));
    }
}
