//! The event store as a log: read in position order, one partition.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{EventId, Position};
use tokio::sync::watch;

use super::PostgresEventStore;
use crate::adapters::entries::{Readable, from_raw};
use crate::adapters::store_log::{Source, StoreLog};
use crate::adapters::vault::KeyVault;

/// How often it is looked for what others appended.
const POLL: Duration = Duration::from_millis(100);
/// The same as long as they tell of it.
const SLOW_POLL: Duration = Duration::from_secs(1);

/// The log of one event store.
pub type PostgresLog = StoreLog<PostgresEventStore>;

impl PostgresLog {
    /// The log of `store`, whose personal data is opened with the keys of `vault`.
    #[must_use]
    pub fn new(store: Arc<PostgresEventStore>, vault: Arc<KeyVault>) -> Arc<Self> {
        Self::of(store, vault)
    }
}

#[async_trait]
impl Source for PostgresEventStore {
    fn head(&self) -> &watch::Sender<Position> {
        &self.head
    }

    fn is_alone(&self) -> bool {
        false
    }

    fn poll(&self) -> Duration {
        if self.is_told.load(Ordering::Relaxed) { SLOW_POLL } else { POLL }
    }

    async fn look(&self) -> Result<Position, Unavailable> {
        self.look().await
    }

    async fn read(&self, position: Position, limit: usize) -> Result<Vec<Readable>, Unavailable> {
        Ok(self.raw_after(position, limit).await?.into_iter().map(from_raw).collect())
    }

    async fn has(&self, position: Position, event: EventId) -> Result<bool, Unavailable> {
        Ok(self.mark_at(position).await?.is_some_and(|(id, _)| id == event.0))
    }
}
