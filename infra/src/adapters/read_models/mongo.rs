//! The timeline on MongoDB: a database a generation, and beside them one that says which of them is live.
//!
//! There are no transactions on the way of a message. Every write is guarded by the version or number that it brings, so that
//! written twice, late or in part it changes nothing that stands already; a room's `applied` is written after its rows, and the
//! checkpoint after both, by compare-and-set.

mod batch;
mod bulk;
mod connect;
mod digests;
mod faults;
mod fields;
mod generation;
mod lease;
mod live;
mod pulse;
mod queries;
mod registry;
mod schema;
mod spool;
mod state;
mod statements;
mod succession;
#[cfg(test)]
mod tests;
mod timeline;
mod verification;
mod writer;

pub use live::MongoLive;
pub use succession::MongoSuccession;
pub use timeline::MongoTimeline;
pub use verification::MongoVerification;

/// Why the timeline can not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;
