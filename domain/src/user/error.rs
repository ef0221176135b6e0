//! Why a person's command is refused.

use crate::text::TextError;
use crate::{Refusal, RefusalKind};

/// A refusal by the rules of [`super::User`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    #[error("this account exists already")]
    AlreadyRegistered,
    #[error("there is no such user")]
    Unknown,
    #[error("the current password is wrong")]
    WrongPassword,
    #[error("this user has no image")]
    NoImage,
    #[error("{field} {reason}")]
    Text { field: &'static str, reason: TextError },
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        let detail = error.to_string();
        match error {
            UserError::AlreadyRegistered => Self::new(RefusalKind::Conflict, "ALREADY_REGISTERED", detail),
            UserError::Unknown => Self::new(RefusalKind::NotFound, "USER_NOT_FOUND", detail),
            UserError::NoImage => Self::new(RefusalKind::NotFound, "IMAGE_NOT_FOUND", detail),
            UserError::WrongPassword => Self::new(RefusalKind::Rule, "WRONG_PASSWORD", detail),
            UserError::Text { field, reason } => Self::text(field, reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_is_of_the_kind_that_the_contract_gives_it() {
        assert_eq!(Refusal::from(UserError::AlreadyRegistered).kind, RefusalKind::Conflict);
        assert_eq!(Refusal::from(UserError::Unknown).kind, RefusalKind::NotFound);
        assert_eq!(Refusal::from(UserError::NoImage).kind, RefusalKind::NotFound);
    }

    #[test]
    fn a_text_that_is_not_of_the_form_names_its_field() {
        let refusal = Refusal::from(UserError::Text { field: "nickname", reason: TextError::Blank });
        assert_eq!(refusal, Refusal::invalid("nickname", "BLANK", "nickname must not be blank"));
    }
}
