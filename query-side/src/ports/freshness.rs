//! What each user wrote last.

use async_trait::async_trait;
use domain::UserId;

use crate::Positions;

/// What is known of somebody's last write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastWrite {
    /// Where it stands, or something later.
    pub positions: Positions,
    /// Whether that is known: if not, they may have written later, and nobody can say.
    pub is_certain: bool,
}

impl From<Option<Positions>> for LastWrite {
    fn from(known: Option<Positions>) -> Self {
        Self { is_certain: known.is_some(), positions: known.unwrap_or_default() }
    }
}

/// Looking up what was noted by [`command_side::ports::Written`].
#[async_trait]
pub trait Freshness: Send + Sync {
    /// Where the last write of `user` stands, or something later; the log's head when the notes began if there is none.
    async fn last_written(&self, user: UserId) -> LastWrite;
}
