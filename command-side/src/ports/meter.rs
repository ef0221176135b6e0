//! What is counted on the write side.

use std::time::Duration;

/// Counts; never fails and never waits.
pub trait Meter: Send + Sync {
    /// A command named `command` had `outcome`: `done`, `repeated`, `unchanged`, `refused`, `conflict`, `busy`, `unavailable`.
    fn command(&self, command: &'static str, outcome: &'static str);

    /// A batch of `events` was appended in `took`.
    fn batch(&self, events: usize, took: Duration);
}
