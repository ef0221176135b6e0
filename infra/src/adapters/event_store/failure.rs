//! What an error of SQLite means.

use command_side::ports::{AppendError, Unavailable};
use sqlx::Error;

/// SQLite's primary result codes for what is wrong with a value, and will be wrong again: too big, against a constraint, of
/// another type.
const OF_A_VALUE: [i32; 3] = [18, 19, 20];

/// Whether a value is at fault. Then SQLite undoes the statement and nothing else; after other errors it may have ended the
/// transaction as well.
pub(super) fn is_of_a_value(error: &Error) -> bool {
    match error {
        Error::Encode(_) => true,
        Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse::<i32>().ok());
            // The low byte is the primary code, the others tell more.
            code.is_some_and(|code| OF_A_VALUE.contains(&(code & 0xff)))
        }
        _ => false,
    }
}

/// The store does not do what was asked; it did not change.
pub(super) fn away(error: &Error) -> Unavailable {
    Unavailable(format!("the event store: {error}"))
}

/// An error before the commit: nothing was written.
pub(super) fn before_commit(error: &Error) -> AppendError {
    if is_of_a_value(error) {
        AppendError::Rejected(error.to_string())
    } else {
        AppendError::Unavailable(error.to_string())
    }
}
