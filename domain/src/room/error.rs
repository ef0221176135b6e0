//! Why a command to a room is refused.

use super::MOST_MEMBERS;
use crate::text::TextError;
use crate::{Refusal, RefusalKind};

/// A refusal by the rules of [`super::Room`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    #[error("there is no such room")]
    NotFound,
    #[error("no longer a member of this room")]
    Gone,
    #[error("the room is open already")]
    AlreadyOpen,
    #[error("there is no such user")]
    BlockedUser,
    #[error("one of the two has blocked the other")]
    Blocked,
    #[error("the account of the other is deleted")]
    Deserted,
    #[error("a room with oneself alone can not be opened")]
    Oneself,
    #[error("a direct room can not be managed or left")]
    DirectRoom,
    #[error("only owners and admins may do this, and not to those above them")]
    NotAllowed,
    #[error("the last owner hands over first")]
    LastOwner,
    #[error("there is no such member")]
    MemberNotFound,
    #[error("a room has at most {MOST_MEMBERS} members")]
    TooManyMembers,
    #[error("there is no such message")]
    MessageNotFound,
    #[error("the message is deleted")]
    MessageDeleted,
    #[error("a deleted message can not be reacted to")]
    ReactionToDeleted,
    #[error("only its author may do this")]
    NotAuthor,
    #[error("reply_to is not a message of this room")]
    ReplyElsewhere,
    #[error("the message was edited too often")]
    TooManyEdits,
    #[error("the message has too many reactions")]
    TooManyReactions,
    #[error("{field} {reason}")]
    Text { field: &'static str, reason: TextError },
}

impl From<RoomError> for Refusal {
    fn from(error: RoomError) -> Self {
        use RefusalKind::{Conflict, Forbidden, NotFound, Rule};
        let (kind, code) = match error {
            RoomError::NotFound => (NotFound, "ROOM_NOT_FOUND"),
            RoomError::Gone => (Forbidden, "NOT_A_MEMBER"),
            RoomError::AlreadyOpen => (Conflict, "ROOM_EXISTS"),
            RoomError::BlockedUser => (NotFound, "USER_NOT_FOUND"),
            RoomError::Blocked => (Forbidden, "BLOCKED"),
            RoomError::Deserted => (Forbidden, "USER_DELETED"),
            RoomError::Oneself => (Rule, "ONESELF"),
            RoomError::DirectRoom => (Rule, "DIRECT_ROOM"),
            RoomError::NotAllowed => (Forbidden, "NOT_ALLOWED"),
            RoomError::LastOwner => (Rule, "LAST_OWNER"),
            RoomError::MemberNotFound => (NotFound, "MEMBER_NOT_FOUND"),
            RoomError::TooManyMembers => (Rule, "TOO_MANY_MEMBERS"),
            RoomError::MessageNotFound => (NotFound, "MESSAGE_NOT_FOUND"),
            RoomError::MessageDeleted => (Conflict, "MESSAGE_DELETED"),
            RoomError::ReactionToDeleted => (Rule, "MESSAGE_DELETED"),
            RoomError::NotAuthor => (Forbidden, "NOT_AUTHOR"),
            RoomError::ReplyElsewhere => (Rule, "REPLY_ELSEWHERE"),
            RoomError::TooManyEdits => (Rule, "TOO_MANY_EDITS"),
            RoomError::TooManyReactions => (Rule, "TOO_MANY_REACTIONS"),
            RoomError::Text { field, reason } => return Self::text(field, reason),
        };
        Self::new(kind, code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_is_of_the_kind_that_the_contract_gives_it() {
        use RefusalKind::{Conflict, Forbidden, Invalid, NotFound, Rule};
        let kinds = [
            (RoomError::NotFound, NotFound),
            (RoomError::Gone, Forbidden),
            (RoomError::AlreadyOpen, Conflict),
            (RoomError::BlockedUser, NotFound),
            (RoomError::Blocked, Forbidden),
            (RoomError::Deserted, Forbidden),
            (RoomError::Oneself, Rule),
            (RoomError::DirectRoom, Rule),
            (RoomError::NotAllowed, Forbidden),
            (RoomError::LastOwner, Rule),
            (RoomError::MemberNotFound, NotFound),
            (RoomError::TooManyMembers, Rule),
            (RoomError::MessageNotFound, NotFound),
            (RoomError::MessageDeleted, Conflict),
            (RoomError::ReactionToDeleted, Rule),
            (RoomError::NotAuthor, Forbidden),
            (RoomError::ReplyElsewhere, Rule),
            (RoomError::TooManyReactions, Rule),
            (RoomError::Text { field: "emoji", reason: TextError::NotEmoji }, Invalid),
        ];
        for (error, kind) in kinds {
            assert_eq!(Refusal::from(error.clone()).kind, kind, "{error:?}");
        }
    }

    #[test]
    fn a_blocked_invitee_looks_like_an_unknown_user() {
        assert_eq!(Refusal::from(RoomError::BlockedUser), Refusal::from(crate::user::UserError::Unknown));
    }
}
