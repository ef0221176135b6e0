//! How far something that takes long has come.

use std::time::{Duration, Instant};

use domain::Position;

/// A fold on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Events that were folded since it began, or was gone on with.
    pub events: u64,
    /// Up to where it is folded.
    pub position: Position,
    /// Up to where it will be.
    pub goal: Position,
    /// Events a second.
    pub rate: f64,
    /// At this rate; unknown at first.
    pub left: Option<Duration>,
}

/// Counts a fold.
pub(crate) struct Count {
    began: Instant,
    events: u64,
}

impl Count {
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now(), events: 0 }
    }

    /// Counts `more` events, which end at `position`.
    pub(crate) fn add(&mut self, more: usize, position: Position, goal: Position) -> Progress {
        self.events += more as u64;
        #[allow(clippy::cast_precision_loss, reason = "a rate need not be exact")]
        let (events, ahead) = (self.events as f64, goal.saturating_sub(position) as f64);
        let rate = events / self.began.elapsed().as_secs_f64().max(0.001);
        let left = (rate > 0.0).then(|| Duration::from_secs_f64(ahead / rate));
        Progress { events: self.events, position, goal, rate, left }
    }

    pub(crate) const fn events(&self) -> u64 {
        self.events
    }

    pub(crate) fn took(&self) -> Duration {
        self.began.elapsed()
    }
}
