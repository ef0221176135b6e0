//! What process managers need: the events that they react to, and a place to note how far they are.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, Position};
use uuid::Uuid;

use super::Unavailable;

/// The events that one process manager reacts to, in the order of the log.
#[async_trait]
pub trait Happenings: Send + Sync {
    /// At most `limit` of them after `position`, opened; waits up to `wait` for the first. Empty when none came.
    async fn after(&self, position: Position, limit: usize, wait: Duration) -> Result<Vec<Envelope>, Unavailable>;
}

/// Whose turn it is with which process manager: one process at a time, for as long as it comes back within 30 s. Kept with the
/// events, so that a store that is restored knows what was done by then. Two may overlap for a while (a process that was asleep):
/// what is done twice must be done once.
#[async_trait]
pub trait Turns: Send + Sync {
    /// Takes the turn with `process`, or keeps it; the position up to which everything is done. None while it is another's.
    async fn take(&self, process: &str, holder: Uuid) -> Result<Option<Position>, Unavailable>;

    /// Notes that everything up to `position` is done; whether it still is the turn of `holder`.
    async fn done(&self, process: &str, holder: Uuid, position: Position) -> Result<bool, Unavailable>;
}
