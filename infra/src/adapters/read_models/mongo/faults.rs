//! What an error of MongoDB means, and how long it is waited for.

use std::io;
use std::time::Duration;

use mongodb::error::{Error, ErrorKind};
use projections::ports::{CommitError, Unavailable};
use tokio::time::timeout;

/// How long one read is waited for. A server that was stopped takes connections and says nothing.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// How long one write is waited for; a large one takes longer than a read.
pub(super) const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// What was asked, if it comes in time.
pub(super) async fn within<T>(patience: Duration, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let silent = || Error::from(io::Error::new(io::ErrorKind::TimedOut, "MongoDB does not answer"));
    timeout(patience, asked).await.unwrap_or_else(|_| Err(silent()))
}

/// The same, as long as a read may take.
pub(super) async fn read<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    within(PATIENCE, asked).await
}

/// The read model does not do what was asked.
#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn away(error: Error) -> Unavailable {
    Unavailable(why(&error))
}

/// The same, of a query.
#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn unread(error: Error) -> command_side::ports::Unavailable {
    command_side::ports::Unavailable(why(&error))
}

pub(super) fn why(error: &Error) -> String {
    format!("the timeline: {}", error.kind)
}

/// The code of an error that the server itself reports.
pub(super) fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(said) => Some(said.code),
        _ => None,
    }
}

/// A commit that was not kept, or only in part: it is made again.
#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn unkept(error: Error) -> CommitError {
    match *error.kind {
        ErrorKind::Bson(_) => CommitError::Rejected(error.kind.to_string()),
        _ => CommitError::Unavailable(error.kind.to_string()),
    }
}

/// Something that is not as this program writes it.
pub(super) fn unreadable(what: &str) -> Error {
    Error::from(io::Error::new(io::ErrorKind::InvalidData, format!("{what} is not as it is written")))
}
