//! The embedded log: the events table, read in position order. The newest entries stay decoded in memory for all who follow.

mod ahead;
mod file;
mod ring;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Position;
use parking_lot::Mutex;
use projections::ports::{Batch, Checkpoint, Entry, Log, LogError, Partition};
use sqlx::Row as _;
use tokio::time::{Instant, timeout};

use super::SqliteEventStore;
use crate::adapters::vault::KeyVault;
use ahead::Ahead;
use file::LogFile;
use ring::Ring;

/// How often the file is looked at for what another process appended.
const POLL: Duration = Duration::from_millis(50);
/// The same in the process that appends, which is told of what is new: only for a commit whose outcome it did not learn.
const SLOW_POLL: Duration = Duration::from_secs(1);
/// How many entries are read at once for all who follow.
const FEED: usize = 1024;

/// The log of one event store.
pub struct SqliteLog {
    file: LogFile,
    ring: Mutex<Ring>,
    /// Held while the newest entries are read, so that they are decoded once for all.
    feeding: tokio::sync::Mutex<()>,
    ahead: Ahead,
}

impl SqliteLog {
    /// The log of `store`, whose personal data is opened with the keys of `vault`.
    #[must_use]
    pub fn new(store: Arc<SqliteEventStore>, vault: Arc<KeyVault>) -> Arc<Self> {
        store.in_hand.want();
        let ring = Mutex::new(Ring::after(*store.head.borrow()));
        Arc::new(Self {
            file: LogFile { store, vault },
            ring,
            feeding: tokio::sync::Mutex::default(),
            ahead: Ahead::default(),
        })
    }

    /// The same, in a process beside the one that appends.
    #[must_use]
    pub fn beside(store: Arc<SqliteEventStore>, vault: Arc<KeyVault>) -> Arc<Self> {
        Self::new(store, vault)
    }

    fn store(&self) -> &SqliteEventStore {
        &self.file.store
    }

    /// Whether this is the process that appends: then it knows of all that is new.
    fn is_told(&self) -> bool {
        self.store().writer.is_some()
    }

    /// What is known to be there after `position`; empty when nothing is.
    async fn next(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        let (near, begin, end) = {
            let ring = self.ring.lock();
            (ring.read(position, limit), ring.begin(), ring.end())
        };
        match near {
            Some(entries) if !entries.is_empty() => Ok(entries),
            _ if position == end => self.feed(position, limit).await,
            _ if position < begin => self.read_file(position, limit, begin).await,
            // Beyond what was read here so far: another process is ahead.
            _ => self.file.entries(position, limit).await,
        }
    }

    /// Takes in the newest entries, if there are any, for whoever follows.
    async fn feed(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        let _alone = self.feeding.lock().await;
        let end = self.ring.lock().end();
        let head = if self.is_told() { *self.store().head.borrow() } else { self.look().await? };
        if end == position && head > end {
            let newest = self.file.newest(end, FEED).await?;
            self.ring.lock().extend(newest);
        }
        Ok(self.ring.lock().read(position, limit).unwrap_or_default())
    }

    /// What lies before the ring, which begins after `begin`; the next such batch is read while the caller works on this one.
    async fn read_file(&self, position: Position, limit: usize, begin: Position) -> Result<Vec<Entry>, LogError> {
        let limit = limit.min(usize::try_from(begin - position).unwrap_or(usize::MAX));
        let entries = match self.ahead.take(position, limit).await {
            Some(read) => read?,
            None => self.file.entries(position, limit).await?,
        };
        let next = position + entries.len() as Position;
        if entries.len() == limit && next < begin {
            let (file, limit) = (self.file.clone(), limit.min(usize::try_from(begin - next).unwrap_or(usize::MAX)));
            self.ahead.begin(next, limit, async move { file.entries(next, limit).await });
        }
        Ok(entries)
    }

    /// Waits until there may be something after `position`, at most `wait`.
    async fn news(&self, position: Position, wait: Duration) -> Result<(), LogError> {
        let poll = if self.is_told() { SLOW_POLL } else { POLL };
        let mut head = self.store().head.subscribe();
        if timeout(wait.min(poll), head.wait_for(|head| *head > position)).await.is_err() && self.is_told() {
            self.look().await?;
        }
        Ok(())
    }

    /// Looks how far the file goes.
    async fn look(&self) -> Result<Position, LogError> {
        let row = self.store().one(sqlx::query("SELECT max(position) FROM events")).await;
        let row = row.map_err(|away| LogError::Unavailable(away.0))?;
        let found = row.and_then(|row| row.try_get::<Option<i64>, _>(0).ok().flatten()).unwrap_or(0).cast_unsigned();
        self.store().head.send_if_modified(|head| {
            let is_news = found > *head;
            *head = found.max(*head);
            is_news
        });
        Ok(found)
    }
}

#[async_trait]
impl Log for SqliteLog {
    fn partitions(&self) -> Vec<Partition> {
        vec![0]
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
            let entries = self.next(from.offset, limit).await?;
            if let Some(last) = entries.last() {
                let position = last.position();
                let end = Checkpoint { offset: position, position, event_id: Some(last.event_id()) };
                return Ok(Batch { entries, end });
            }
            if self.store().writer.is_none() && self.look().await? > from.offset {
                // Beside the process that appends nobody tells of what is new: whoever does not wait must find it too.
                continue;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Batch { entries, end: from });
            }
            self.news(from.offset, left).await?;
        }
    }

    async fn end(&self, _partition: Partition) -> Result<Checkpoint, LogError> {
        let head = if self.is_told() { *self.store().head.borrow() } else { self.look().await? };
        Ok(Checkpoint::behind(head))
    }

    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError> {
        let Some(event) = checkpoint.event_id else { return Ok(checkpoint.position == 0) };
        let query = "SELECT 1 FROM events WHERE position = ? AND event_id = ?";
        let query = sqlx::query(query).bind(checkpoint.position.cast_signed()).bind(event.0);
        let found = self.store().one(query).await.map_err(|away| LogError::Unavailable(away.0))?;
        Ok(found.is_some())
    }
}
