//! The directory on MySQL: one database a generation, and one beside them that says which is live.

mod bulk;
mod checkpoints;
mod clock;
mod digests;
mod generation;
mod generations;
mod live;
mod parked;
mod queries;
mod registry;
mod server;
mod succession;
mod verification;
mod writer;

use projections::ports::Unavailable;

pub use generations::MysqlDirectory;
pub use live::MysqlLive;
pub use succession::MysqlSuccession;
pub use verification::MysqlVerification;

/// Why the read model can not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

fn away(error: impl std::fmt::Display) -> Unavailable {
    Unavailable(error.to_string())
}
