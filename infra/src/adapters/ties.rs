//! What somebody is tied to, looked up in the directory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{Ties, Unavailable};
use domain::{RoomId, UserId};
use query_side::Positions;
use query_side::ports::{Directory, Part, ReadModels};

use super::shared_freshness::Ends;

/// How long the directory is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks once the directory has passed where the log ends.
pub struct ReadTies {
    models: Arc<dyn ReadModels>,
    ends: Ends,
}

impl ReadTies {
    /// As `models` have it, past what `ends` says.
    #[must_use]
    pub const fn new(models: Arc<dyn ReadModels>, ends: Ends) -> Self {
        Self { models, ends }
    }

    async fn end(&self) -> Result<Positions, Unavailable> {
        (self.ends)().await.ok_or_else(|| Unavailable("where the log ends is not known".to_owned()))
    }

    async fn directory(&self) -> Result<Arc<dyn Directory>, Unavailable> {
        let reading = self.models.directory(&self.end().await?, PATIENCE).await?;
        if reading.is_fresh { Ok(reading.model) } else { Err(Unavailable("the directory is behind".to_owned())) }
    }

    async fn catch_up(&self, wait: Duration) -> Result<bool, Unavailable> {
        let end = self.end().await?;
        let directory = self.models.directory(&end, wait).await?;
        Ok(self.models.timeline(&end, wait).await?.is_fresh && directory.is_fresh)
    }
}

#[async_trait]
impl Ties for ReadTies {
    async fn rooms(&self, user: UserId, after: Option<RoomId>, limit: u32) -> Result<Vec<RoomId>, Unavailable> {
        self.directory().await?.ever_of(user, after, limit).await
    }

    async fn others(&self, user: UserId, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>, Unavailable> {
        self.directory().await?.others(user, Part { after, limit }).await
    }

    async fn are_caught_up(&self, wait: Duration) -> bool {
        self.catch_up(wait).await.unwrap_or(false)
    }
}
