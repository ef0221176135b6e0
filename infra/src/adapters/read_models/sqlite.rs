//! Read models on SQLite: one file a generation, and a small file that says which one is live.

mod checkpoints;
mod digests;
mod directory_writer;
mod file;
mod generation;
pub mod generations;
mod live;
mod model;
mod padded;
mod parked;
pub mod queries;
mod registry;
mod scratch;
mod succession;
mod timeline_writer;
mod verification;
mod writer;

use projections::ports::Unavailable;

pub use generation::Generation;
pub use generations::Generations;
pub use live::LiveModel;
pub use model::{Model, UnknownModel};
pub use succession::SqliteSuccession;
pub use verification::SqliteVerification;
pub use writer::Kept;

/// Why the read models can not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

fn away(error: impl std::fmt::Display) -> Unavailable {
    Unavailable(error.to_string())
}
