//! Backups of the embedded mode: what can not be folded again, copied while a server runs, in three parts that are kept in different places
//! and for different times.

mod files;
mod gaps;
mod manifest;
mod parts;
mod restore;
mod take;

pub use gaps::Gaps;
pub use manifest::{Kept, LogEnd, Manifest};
pub use parts::Part;
pub use restore::{From, Restored, restore};
pub use take::{To, take};

/// Why a backup was not made, or is not restored.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
