//! What a backup is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

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
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
