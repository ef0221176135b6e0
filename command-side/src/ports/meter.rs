//! What is counted on the write side.

use std::time::Duration;

/// Counts; never fails and never waits.
pub trait Meter: Send + Sync {
    /// A command named `command` had `outcome`: `done`, `repeated`, `unchanged`, `refused`, `conflict`, `busy`, `unavailable`.
    fn command(&self, command: &'static str, outcome: &'static str);

    /// So many items may wait to be appended.
    fn queue_of(&self, items: usize);

    /// So many more items wait to be appended; fewer where it is negative.
    fn queued(&self, more: i64);

    /// A batch of `events` was appended in `took`.
    fn batch(&self, events: usize, took: Duration);
}
