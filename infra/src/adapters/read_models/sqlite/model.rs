//! The read models that there are.

use std::fmt;
use std::str::FromStr;

use projections::directory::Directory;
use projections::ports::Projection as _;
use projections::timeline::Timeline;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnection;

static DIRECTORY: Migrator = sqlx::migrate!("migrations/directory");
static TIMELINE: Migrator = sqlx::migrate!("migrations/timeline");

/// A read model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    Directory,
    Timeline,
}

impl Model {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Directory, Self::Timeline];

    /// Its name, as in `rebuild NAME` and in the names of its files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Directory => Directory::NAME,
            Self::Timeline => Timeline::NAME,
        }
    }

    /// Brings a file's tables to this release's schema.
    pub(super) async fn migrate(self, on: &mut SqliteConnection) -> Result<(), MigrateError> {
        // `Migrator::run` is generic in a way that its future can not be proven `Send` here.
        match self {
            Self::Directory => DIRECTORY.run_direct(on).await,
            Self::Timeline => TIMELINE.run_direct(on).await,
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no read model of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no read model {0:?}, only directory and timeline")]
pub struct UnknownModel(pub String);

impl FromStr for Model {
    type Err = UnknownModel;

    fn from_str(name: &str) -> Result<Self, UnknownModel> {
        let known = Self::ALL.into_iter().find(|model| model.name() == name);
        known.ok_or_else(|| UnknownModel(name.to_owned()))
    }
}
