//! What projections need from the world.

mod history;
mod log;
mod meter;
mod model;
mod projection;
mod succession;
mod verification;

pub use history::{History, Opening};
pub use log::{After, Batch, Checkpoint, Entry, Log, LogError, Partition, Unreadable};
pub use meter::Meter;
pub use model::{Commit, CommitError, Parked, ReadModel, Unavailable};
pub use projection::{Projection, Unprojectable};
pub use succession::{Succession, SwitchError};
pub use verification::{Digested, Digests, Frozen, Scratch, Verification};
