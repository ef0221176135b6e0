//! Waiting for what is away.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Waits longer each time, and says so once.
pub(super) struct Backoff {
    model: &'static str,
    next: Duration,
    since: Option<Instant>,
}

impl Backoff {
    pub(super) const fn new(model: &'static str) -> Self {
        Self { model, next: FIRST, since: None }
    }

    /// How long something has been away.
    pub(super) fn lasts(&mut self) -> Duration {
        self.since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Waits, or until it is time to stop.
    pub(super) async fn wait(&mut self, why: &str, stop: &mut watch::Receiver<bool>) {
        if self.next == FIRST {
            tracing::warn!(model = self.model, why, "the projector waits");
        }
        tokio::select! {
            () = tokio::time::sleep(self.next) => {}
            () = super::stopped(stop) => {}
        }
        self.next = LONGEST.min(2 * self.next);
    }

    /// It goes on.
    pub(super) fn over(&mut self) {
        if self.next != FIRST {
            tracing::info!(model = self.model, "the projector goes on");
            (self.next, self.since) = (FIRST, None);
        }
    }
}
