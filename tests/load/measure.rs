//! What is measured, and how it is said.

pub(crate) mod latency;
pub(crate) mod pgbench;
pub(crate) mod raw;
pub(crate) mod report;
pub(crate) mod spread;
pub(crate) mod tally;
pub(crate) mod usage;
