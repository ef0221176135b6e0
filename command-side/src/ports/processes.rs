//! What process managers need: the log, a turn to go through it, and who is looking already.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, Position, RoomId, UserId};

use super::Unavailable;

/// A part of the log, and where it ends.
#[derive(Clone, Debug, Default)]
pub struct Fed {
    /// In order, opened: their personal fields are readable or erased. Those that this release can not read are left out.
    pub events: Vec<Arc<Envelope>>,
    pub end: Position,
}

/// The log of all events.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Up to `limit` events after `position`; waits up to `wait` for the first one.
    async fn after(&self, position: Position, limit: usize, wait: Duration) -> Result<Fed, Unavailable>;

    /// Where the log ends now.
    async fn head(&self) -> Result<Position, Unavailable>;
}

/// The time for which one process carries a process manager on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Raised with each.
    pub epoch: u64,
    /// Everything up to here was seen to.
    pub position: Position,
}

/// One process at a time carries a process manager on, for as long as it keeps its turn: 5 s at a time, by the clock of whoever
/// keeps it. What was seen to lies with the events, so that both are restored together.
#[async_trait]
pub trait Turns: Send + Sync {
    /// Begins a turn, unless it is somebody else's.
    async fn take(&self) -> Result<Option<Turn>, Unavailable>;

    /// Keeps the turn for 5 s more and notes what was seen to; whether it still is the one of `epoch`.
    async fn keep(&self, turn: Turn) -> Result<bool, Unavailable>;

    /// Lets the next one begin at once.
    async fn release(&self, epoch: u64);
}

/// Who has which room before their eyes, wherever their stream is served.
#[async_trait]
pub trait Watchers: Send + Sync {
    /// Whether a stream of `room` is open for `user`. While that can not be known, no: rather one told too many.
    async fn is_watching(&self, user: UserId, room: RoomId) -> bool;
}

/// What is counted of process managers; never fails and never waits.
pub trait ProcessMeter: Send + Sync {
    /// How far `process` is behind the log, in events and in the age of the oldest that it has not seen to (0 when none waits).
    fn process_lag(&self, process: &'static str, events: u64, seconds: f64);
}
