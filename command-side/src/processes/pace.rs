//! How often a process manager sees to what has come.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The time from one batch to the next in a crowd. One by one, events that nobody waits for cost more than the sends that they come of
/// (measured at 300 sends/s on two cores: 470 aggregates looked up, and as many events appended as were sent); what was read by
/// the time it is seen to is not told at all.
const GATHER: Duration = Duration::from_millis(50);
/// So much of that is let off whoever comes after a quiet time: a hundred batches at once, so that a few people are told at once.
const LET_OFF: Duration = Duration::from_secs(5);

/// When the next batch would be due if each took its time.
pub(super) struct Pace(Instant);

impl Default for Pace {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Pace {
    /// Lets events gather after a batch, if there were many lately.
    pub(super) async fn breathe(&mut self) {
        let now = Instant::now();
        self.0 = self.0.max(now) + GATHER;
        sleep((self.0 - now).saturating_sub(LET_OFF)).await;
    }
}
