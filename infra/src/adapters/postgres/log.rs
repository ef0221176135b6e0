//! The event store as a log: read in position order, one partition.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Position;
use projections::ports::{Batch, Checkpoint, Entry, Log, LogError, Partition};
use tokio::time::{Instant, timeout};

use super::PostgresEventStore;
use crate::adapters::entries::{decoded, from_raw};
use crate::adapters::partitions::THE_STORE;
use crate::adapters::vault::KeyVault;

/// How often it is looked for what nobody told of.
const POLL: Duration = Duration::from_millis(100);

/// The log of one event store.
pub struct PostgresLog {
    store: Arc<PostgresEventStore>,
    vault: Arc<KeyVault>,
}

impl PostgresLog {
    /// The log of `store`, whose personal data is opened with the keys of `vault`.
    #[must_use]
    pub fn new(store: Arc<PostgresEventStore>, vault: Arc<KeyVault>) -> Arc<Self> {
        Arc::new(Self { store, vault })
    }

    async fn entries(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        let events = self.store.raw_after(position, limit).await.map_err(|away| LogError::Unavailable(away.0))?;
        for (expected, event) in (position + 1..).zip(&events) {
            if event.position != expected {
                return Err(LogError::Hole { expected, found: event.position });
            }
        }
        let decoded = decoded(&self.vault, events.into_iter().map(from_raw).collect()).await?;
        Ok(decoded.into_iter().map(|one| one.entry).collect())
    }

    async fn news(&self, position: Position, wait: Duration) -> Result<(), LogError> {
        let mut head = self.store.news();
        if timeout(wait.min(POLL), head.wait_for(|head| *head > position)).await.is_err() {
            self.store.look().await.map_err(|away| LogError::Unavailable(away.0))?;
        }
        Ok(())
    }
}

#[async_trait]
impl Log for PostgresLog {
    fn partitions(&self) -> Vec<Partition> {
        vec![THE_STORE]
    }

    async fn read(
        &self,
        _partition: Partition,
        from: Checkpoint,
        limit: usize,
        wait: Duration,
    ) -> Result<Batch, LogError> {
        let until = Instant::now() + wait;
        loop {
            let entries = self.entries(from.position, limit).await?;
            if let Some(last) = entries.last() {
                let position = last.position();
                let end = Checkpoint { offset: position, position, event_id: Some(last.event_id()) };
                return Ok(Batch { entries, end });
            }
            // Nothing is read before something is there: whoever waits costs one look in a while.
            while *self.store.news().borrow() <= from.position {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(Batch { entries, end: from });
                }
                self.news(from.position, left).await?;
            }
        }
    }

    async fn end(&self, _partition: Partition) -> Result<Checkpoint, LogError> {
        self.store.look().await.map(Checkpoint::behind).map_err(|away| LogError::Unavailable(away.0))
    }

    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError> {
        let Some(event) = checkpoint.event_id else { return Ok(checkpoint.position == 0) };
        let found = self.store.mark_at(checkpoint.position).await.map_err(|away| LogError::Unavailable(away.0))?;
        Ok(found.is_some_and(|(id, _)| id == event.0))
    }
}
