//! The program's own clock: nanoseconds since it started, small enough to travel inside a message.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Now, in nanoseconds since the first call.
pub(crate) fn now() -> u64 {
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The instant of a stamp that `now` gave, or of one that lies ahead.
pub(crate) fn instant(stamp: u64) -> tokio::time::Instant {
    (*START + Duration::from_nanos(stamp)).into()
}

/// A length of time given in seconds on the command line; what is no such length is zero.
pub(crate) fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or_default()
}
