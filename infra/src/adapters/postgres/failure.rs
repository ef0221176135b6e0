//! What an error of PostgreSQL means.

use command_side::ports::{AppendError, Unavailable};
use sqlx::Error;

/// The store does not do what was asked; it did not change.
pub(super) fn away(error: &Error) -> Unavailable {
    Unavailable(format!("the event store: {error}"))
}

/// An error of the one statement that appends. Whatever the server itself reports, it has undone; what is said by the way to it may
/// have come too late.
pub(super) fn of_append(error: &Error) -> AppendError {
    match error {
        Error::Encode(_) => AppendError::Rejected(error.to_string()),
        Error::Database(said) if is_of_a_value(said.code().as_deref()) => AppendError::Rejected(error.to_string()),
        Error::Database(_) => AppendError::Unavailable(error.to_string()),
        _ => AppendError::Unknown(error.to_string()),
    }
}

/// Classes 22 (a value is wrong), 23 (it breaks a constraint) and 54 (it is too large); but not two that wrote the same at once.
fn is_of_a_value(code: Option<&str>) -> bool {
    code.is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class)))
}
