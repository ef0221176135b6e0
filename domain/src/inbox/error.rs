//! Why a command to an inbox is refused.

use super::MOST_MUTED;
use crate::{Refusal, RefusalKind};

/// A refusal by the rules of [`super::Inbox`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboxError {
    #[error("there is no such notification")]
    NotFound,
    #[error("up to {MOST_MUTED} rooms can be muted")]
    TooManyMuted,
}

impl From<InboxError> for Refusal {
    fn from(error: InboxError) -> Self {
        let (kind, code) = match error {
            InboxError::NotFound => (RefusalKind::NotFound, "NOTIFICATION_NOT_FOUND"),
            InboxError::TooManyMuted => (RefusalKind::Rule, "TOO_MANY_MUTED"),
        };
        Self::new(kind, code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_is_of_the_kind_that_the_contract_gives_it() {
        assert_eq!(Refusal::from(InboxError::NotFound).kind, RefusalKind::NotFound);
        assert_eq!(Refusal::from(InboxError::TooManyMuted).kind, RefusalKind::Rule);
    }
}
