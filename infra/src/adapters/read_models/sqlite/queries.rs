//! Reading the read models: statements stand next to their one use.
//!
//! Lists of ids come as a JSON array of hexadecimal texts, so that a statement is the same whatever their number.

mod changes;
mod friendships;
mod inboxes;
mod messages;
mod models;
mod notices;
mod packed;
mod people;
mod readers;
mod rooms;
mod search;
mod shapes;
mod timeline;
pub(super) mod values;
mod words;

use sqlx::SqlitePool;

/// One generation of the directory, to be read.
#[derive(Clone, Debug)]
pub struct SqliteDirectory {
    reader: SqlitePool,
}

/// One generation of the timeline, to be read.
#[derive(Clone, Debug)]
pub struct SqliteTimeline {
    reader: SqlitePool,
}

impl SqliteDirectory {
    /// Reads through `reader`.
    #[must_use]
    pub const fn new(reader: SqlitePool) -> Self {
        Self { reader }
    }
}

impl SqliteTimeline {
    /// Reads through `reader`.
    #[must_use]
    pub const fn new(reader: SqlitePool) -> Self {
        Self { reader }
    }
}
