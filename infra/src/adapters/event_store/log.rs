//! The embedded log: the events table, read in position order. The newest entries stay decoded in memory for all who follow.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{Holder, Vault};
use domain::stored::Raw;
use domain::{Envelope, Event, Place, Position};
use parking_lot::Mutex;
use projections::ports::{Batch, Checkpoint, Entry, Log, LogError, Partition, Unreadable};
use sqlx::Row as _;
use tokio::time::{Instant, timeout};

use super::SqliteEventStore;
use super::rows::{COLUMNS, envelope};

/// How many of the newest entries are kept.
const KEPT: usize = 4096;
/// How often the file is looked at for what another process appended.
const POLL: Duration = Duration::from_millis(50);

/// The log of one event store.
pub struct SqliteLog {
    store: Arc<SqliteEventStore>,
    vault: Arc<dyn Vault>,
    recent: Mutex<Recent>,
    /// Held while the newest entries are read, so that they are decoded once for all.
    feeding: tokio::sync::Mutex<()>,
    /// Whether this process appends to the store: then it is told of what is new.
    is_told: bool,
}

/// The entries behind `begins_after`, without a hole.
struct Recent {
    begins_after: Position,
    entries: VecDeque<Entry>,
}

impl Recent {
    fn end(&self) -> Position {
        self.begins_after + self.entries.len() as Position
    }

    /// What lies after `position`, if this reaches back that far.
    fn after(&self, position: Position, limit: usize) -> Option<Vec<Entry>> {
        let skip = usize::try_from(position.checked_sub(self.begins_after)?).ok()?;
        Some(self.entries.iter().skip(skip).take(limit).cloned().collect())
    }

    fn extend(&mut self, entries: &[Entry]) {
        self.entries.extend(entries.iter().cloned());
        while self.entries.len() > KEPT {
            self.entries.pop_front();
            self.begins_after += 1;
        }
    }
}

impl SqliteLog {
    /// The log of `store`, in the process that appends to it.
    #[must_use]
    pub fn new(store: Arc<SqliteEventStore>, vault: Arc<dyn Vault>) -> Arc<Self> {
        Self::of(store, vault, true)
    }

    /// The log of `store`, in a process beside the one that appends.
    #[must_use]
    pub fn beside(store: Arc<SqliteEventStore>, vault: Arc<dyn Vault>) -> Arc<Self> {
        Self::of(store, vault, false)
    }

    fn of(store: Arc<SqliteEventStore>, vault: Arc<dyn Vault>, is_told: bool) -> Arc<Self> {
        let begins_after = *store.appended().borrow();
        let recent = Mutex::new(Recent { begins_after, entries: VecDeque::new() });
        Arc::new(Self { store, vault, recent, feeding: tokio::sync::Mutex::default(), is_told })
    }

    /// What is there after `position`; empty when nothing is.
    async fn next(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        let (near, end) = {
            let recent = self.recent.lock();
            (recent.after(position, limit), recent.end())
        };
        match near {
            Some(entries) if !entries.is_empty() => Ok(entries),
            Some(_) if position >= end => self.feed(position, limit).await,
            _ => self.from_file(position, limit).await,
        }
    }

    async fn feed(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        let _alone = self.feeding.lock().await;
        let (end, found) = {
            let recent = self.recent.lock();
            (recent.end(), recent.after(position, limit).unwrap_or_default())
        };
        if !found.is_empty() || (self.is_told && *self.store.appended().borrow() <= end) {
            return Ok(found);
        }
        let entries = self.from_file(end, KEPT / 4).await?;
        let mut recent = self.recent.lock();
        recent.extend(&entries);
        Ok(recent.after(position, limit).unwrap_or_default())
    }

    async fn from_file(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        let query = format!("SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?");
        let query = sqlx::query(&query).bind(position.cast_signed()).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = query.fetch_all(&self.store.readers).await.map_err(away)?;
        let stored = rows.iter().map(envelope).collect::<Result<Vec<_>, _>>().map_err(away)?;
        for (expected, event) in (position + 1..).zip(&stored) {
            if event.position != expected {
                return Err(LogError::Hole { expected, found: event.position });
            }
        }
        self.opened(stored).await
    }

    async fn opened(&self, stored: Vec<Envelope<Raw>>) -> Result<Vec<Entry>, LogError> {
        let mut read: Vec<_> = stored.into_iter().map(readable).collect();
        let mut holders: Vec<_> = read.iter_mut().filter_map(|event| event.as_mut().ok()).map(holder).collect();
        self.vault.open(&mut holders).await.map_err(|away| LogError::Unavailable(away.0))?;
        let entry = |event| match event {
            Ok(event) => Entry::Event(Arc::new(event)),
            Err(unreadable) => Entry::Unreadable(unreadable),
        };
        Ok(read.into_iter().map(entry).collect())
    }

    /// Waits until there may be something after `position`, at most `wait`.
    async fn news(&self, position: Position, wait: Duration) {
        if !self.is_told {
            return tokio::time::sleep(wait.min(POLL)).await;
        }
        let mut appended = self.store.appended();
        timeout(wait, appended.wait_for(|last| *last > position)).await.ok();
    }
}

fn holder(event: &mut Envelope<Event>) -> Holder<'_> {
    Holder { place: Place::event(event.stream, event.version), fields: &mut event.payload }
}

fn readable(stored: Envelope<Raw>) -> Result<Envelope<Event>, Unreadable> {
    let raw = &stored.payload;
    match Event::read(stored.stream.kind, &raw.event_type, raw.schema_version, &raw.json) {
        Ok(event) => Ok(stored.with(event)),
        Err(error) => Err(Unreadable {
            position: stored.position,
            event_id: stored.event_id,
            stream: stored.stream,
            version: stored.version,
            recorded_at: stored.recorded_at,
            why: error.to_string(),
        }),
    }
}

fn away(error: sqlx::Error) -> LogError {
    LogError::Unavailable(error.to_string())
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
            let entries = self.next(from.position, limit).await?;
            if let Some(last) = entries.last() {
                let position = last.position();
                let end = Checkpoint { offset: position, position, event_id: Some(last.event_id()) };
                return Ok(Batch { entries, end });
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Batch { entries, end: from });
            }
            self.news(from.position, left).await;
        }
    }

    async fn head(&self) -> Result<Position, LogError> {
        if self.is_told {
            return Ok(*self.store.appended().borrow());
        }
        let head = sqlx::query_scalar::<_, Option<i64>>("SELECT MAX(position) FROM events");
        Ok(head.fetch_one(&self.store.readers).await.map_err(away)?.unwrap_or(0).cast_unsigned())
    }

    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError> {
        let Some(event) = checkpoint.event_id else { return Ok(checkpoint.position == 0) };
        let query = sqlx::query("SELECT event_id FROM events WHERE position = ?");
        let row = query.bind(checkpoint.position.cast_signed()).fetch_optional(&self.store.readers);
        let row = row.await.map_err(away)?;
        Ok(row.is_some_and(|row| row.try_get::<&[u8], _>(0).is_ok_and(|id| id == event.0.as_bytes())))
    }
}
