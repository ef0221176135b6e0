//! Waiting for what is away, and stepping aside for whoever is faster.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::keepers::{Told, over};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// The first and the longest pause after somebody else has moved the checkpoint. A fence is short.
const ASIDE: Duration = Duration::from_millis(10);
const LONGEST_ASIDE: Duration = Duration::from_millis(500);

/// Waits longer each time, and says so once.
pub(super) struct Backoff {
    model: &'static str,
    next: Duration,
    aside: Duration,
    since: Option<Instant>,
}

impl Backoff {
    pub(super) const fn new(model: &'static str) -> Self {
        Self { model, next: FIRST, aside: ASIDE, since: None }
    }

    /// How long something has been away.
    pub(super) fn lasts(&mut self) -> Duration {
        self.since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Waits, or until it is time to end.
    pub(super) async fn wait(&mut self, why: &str, told: &mut watch::Receiver<Told>) {
        if self.next == FIRST {
            tracing::warn!(model = self.model, why, "the projector waits");
        }
        pause(self.next, told).await;
        self.next = LONGEST.min(2 * self.next);
    }

    /// Lets whoever moved the checkpoint go on, or whoever holds it where it is.
    pub(super) async fn step_aside(&mut self, told: &mut watch::Receiver<Told>) {
        if self.aside == ASIDE {
            tracing::debug!(model = self.model, "the checkpoint is not where it was left: it is read again");
        }
        pause(self.aside, told).await;
        self.aside = LONGEST_ASIDE.min(2 * self.aside);
    }

    /// It goes on.
    pub(super) fn over(&mut self) {
        self.aside = ASIDE;
        if self.next != FIRST {
            tracing::info!(model = self.model, "the projector goes on");
            (self.next, self.since) = (FIRST, None);
        }
    }
}

async fn pause(long: Duration, told: &mut watch::Receiver<Told>) {
    tokio::select! {
        () = tokio::time::sleep(long) => {}
        () = over(told) => {}
    }
}
