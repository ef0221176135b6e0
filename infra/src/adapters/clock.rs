//! What time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// By this machine's clock.
pub(in crate::adapters) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
