//! What a backup is made of.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The files of the server's own secrets, in a folder of this name.
pub(super) const SECRETS: [&str; 3] = ["digest.key", "token.key", "refresh.key"];
pub(super) const SECRETS_FOLDER: &str = "secrets";

/// A folder of a backup, whole by itself. Each has its own time to live: keys and images of erased people must not live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The event store: the truth, sealed.
    Events,
    /// The keys of personal data, and the server's own secrets.
    Keys,
    /// Profile images.
    Images,
}

impl Part {
    /// The name of its folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Keys => "keys",
            Self::Images => "images",
        }
    }

    /// The files that it is nothing without, by their paths in its folder.
    pub(super) fn needed(self) -> Vec<PathBuf> {
        match self {
            Self::Events => vec!["events.db".into()],
            Self::Keys => {
                let secrets = SECRETS.iter().map(|name| Path::new(SECRETS_FOLDER).join(name));
                secrets.chain(["keys.db".into()]).collect()
            }
            Self::Images => vec![],
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
