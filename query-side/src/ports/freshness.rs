//! What each user wrote last.

use async_trait::async_trait;
use domain::UserId;

use crate::Positions;

/// Looking up what was noted by [`command_side::ports::Written`].
#[async_trait]
pub trait Freshness: Send + Sync {
    /// Where the last write of `user` stands, or something later; the log's head when the notes began if there is none.
    async fn last_written(&self, user: UserId) -> Positions;
}
