//! The embedded log: the events table, read in position order.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{EventId, Position};
use sqlx::Row as _;
use tokio::sync::watch;

use super::SqliteEventStore;
use super::failure::away;
use super::rows::{self, envelope_columns};
use crate::adapters::entries::{Readable, from_raw, from_text};
use crate::adapters::store_log::{Source, StoreLog};
use crate::adapters::vault::KeyVault;

/// How often the file is looked at for what another process appended.
const POLL: Duration = Duration::from_millis(50);
/// The same in the process that appends, which is told of what is new: only for a commit whose outcome it did not learn.
const SLOW_POLL: Duration = Duration::from_secs(1);

/// The log of one event store.
pub type SqliteLog = StoreLog<SqliteEventStore>;

impl SqliteLog {
    /// The log of `store`, whose personal data is opened with the keys of `vault`.
    #[must_use]
    pub fn new(store: Arc<SqliteEventStore>, vault: Arc<KeyVault>) -> Arc<Self> {
        store.in_hand.want();
        Self::of(store, vault)
    }

    /// The same, in a process beside the one that appends.
    #[must_use]
    pub fn beside(store: Arc<SqliteEventStore>, vault: Arc<KeyVault>) -> Arc<Self> {
        Self::new(store, vault)
    }
}

#[async_trait]
impl Source for SqliteEventStore {
    fn head(&self) -> &watch::Sender<Position> {
        &self.head
    }

    fn is_alone(&self) -> bool {
        self.writer.is_some()
    }

    fn poll(&self) -> Duration {
        if self.writer.is_some() { SLOW_POLL } else { POLL }
    }

    async fn look(&self) -> Result<Position, Unavailable> {
        let row = self.one(sqlx::query("SELECT max(position) FROM events")).await?;
        let found = row.and_then(|row| row.try_get::<Option<i64>, _>(0).ok().flatten()).unwrap_or(0).cast_unsigned();
        self.head.send_if_modified(|head| {
            let is_news = found > *head;
            *head = found.max(*head);
            is_news
        });
        Ok(found)
    }

    async fn read(&self, position: Position, limit: usize) -> Result<Vec<Readable>, Unavailable> {
        let query =
            concat!("SELECT ", envelope_columns!(), " FROM events WHERE position > ? ORDER BY position LIMIT ?");
        let query = sqlx::query(query).bind(position.cast_signed()).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = self.all(query).await?;
        let read = rows.iter().map(|row| rows::envelope(row).map(from_text));
        read.collect::<Result<_, _>>().map_err(|error| away(&error))
    }

    /// Those that this process appended last it has in hand.
    async fn newest(&self, position: Position, limit: usize) -> Result<Vec<Readable>, Unavailable> {
        let in_hand = self.in_hand.take_after(position);
        if in_hand.is_empty() {
            return self.read(position, limit).await;
        }
        Ok(in_hand.into_iter().map(from_raw).collect())
    }

    async fn has(&self, position: Position, event: EventId) -> Result<bool, Unavailable> {
        let query = "SELECT 1 FROM events WHERE position = ? AND event_id = ?";
        let query = sqlx::query(query).bind(position.cast_signed()).bind(event.0);
        Ok(self.one(query).await?.is_some())
    }
}
