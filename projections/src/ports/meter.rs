//! What is counted of projections.

/// Counts; never fails and never waits.
pub trait Meter: Send + Sync {
    /// How far `model` is behind the log, in events and in the age of the oldest event not yet applied (0 when none waits).
    fn lag(&self, model: &'static str, events: u64, seconds: f64);

    /// How many streams of `model` are parked.
    fn parked(&self, model: &'static str, streams: u64);
}
