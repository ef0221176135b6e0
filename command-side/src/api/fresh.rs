//! What is new with each request: the moment, and ids.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use uuid::Uuid;

/// Now.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// An id that nobody has: time-ordered, so that indexes on it grow at one end.
pub(super) fn id() -> Uuid {
    Uuid::now_v7()
}
