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
    #[error("{field} {reason}")]
    Text { field: &'static str, reason: TextError },
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        let detail = error.to_string();
        match error {
            UserError::AlreadyRegistered => Self::new(RefusalKind::Conflict, "ALREADY_REGISTERED", detail),
            UserError::Unknown => Self::new(RefusalKind::NotFound, "USER_NOT_FOUND", detail),
            UserError::Text { field, reason } => Self::text(field, reason),
        }
    }
}
