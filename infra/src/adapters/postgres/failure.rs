//! What an error of PostgreSQL means.

use command_side::ports::{AppendError, Unavailable};
use sqlx::Error;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// The store does not do what was asked; it did not change.
pub(super) fn away(error: &Error) -> Unavailable {
    Unavailable(format!("the event store: {error}"))
}

/// An error of the one statement that appends.
pub(super) fn of_append(error: &Error) -> AppendError {
    match error {
        Error::Encode(_) => AppendError::Rejected(error.to_string()),
        Error::Database(said) if !is_undone(&**said) => AppendError::Unknown(error.to_string()),
        Error::Database(said) if is_of_a_value(said.code().as_deref()) => AppendError::Rejected(error.to_string()),
        Error::Database(_) => AppendError::Unavailable(error.to_string()),
        _ => AppendError::Unknown(error.to_string()),
    }
}

/// Whether the server has undone the statement, and the session goes on. What ends a session (a shutdown, an administrator) may
/// come between the commit and its answer.
pub(super) fn is_undone(said: &dyn DatabaseError) -> bool {
    let severity = said.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::severity);
    severity == Some(PgSeverity::Error)
}

/// Classes 22 (a value is wrong), 23 (it breaks a constraint) and 54 (it is too large).
fn is_of_a_value(code: Option<&str>) -> bool {
    code.is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class)))
}
