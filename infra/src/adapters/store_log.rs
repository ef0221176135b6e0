//! An event store read as a log, in position order. The newest entries stay decoded in memory for all who follow.

mod ahead;
mod ring;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{History, Unavailable};
use domain::{EventId, Position};
use parking_lot::Mutex;
use projections::ports::{After, Batch, Checkpoint, Entry, Log, LogError, Partition};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::entries::{Decoded, Readable, decoded, from_raw};
use super::partitions::THE_STORE;
use super::vault::KeyVault;
use ahead::Ahead;
use ring::Ring;

/// How many entries are read at once for all who follow.
const FEED: usize = 1024;

/// A store whose events are read as a log.
#[async_trait]
pub trait Source: History + 'static {
    /// The newest position that is known here; changes wake whoever reads.
    fn head(&self) -> &watch::Sender<Position>;

    /// Whether nobody but this process appends: then all that is new is known here.
    fn is_alone(&self) -> bool;

    /// How often it is looked for what nobody told of.
    fn poll(&self) -> Duration;

    /// Looks how far the store goes; the head moves on to there.
    async fn look(&self) -> Result<Position, Unavailable>;

    /// Up to `limit` events after `position`, in order, as far as they are there.
    async fn read(&self, position: Position, limit: usize) -> Result<Vec<Readable>, Unavailable>;

    /// The same, where somebody reads who follows the newest events: they may be at hand.
    async fn newest(&self, position: Position, limit: usize) -> Result<Vec<Readable>, Unavailable> {
        self.read(position, limit).await
    }

    /// Whether `event` stands at `position`.
    async fn has(&self, position: Position, event: EventId) -> Result<bool, Unavailable>;
}

/// The log of one event store.
pub struct StoreLog<S> {
    reader: Reader<S>,
    ring: Mutex<Ring>,
    /// Held while the newest entries are read, so that they are decoded once for all.
    feeding: tokio::sync::Mutex<()>,
    ahead: Ahead,
}

impl<S: Source> StoreLog<S> {
    /// The log of `store`, whose personal data is opened with the keys of `vault`.
    #[must_use]
    pub fn of(store: Arc<S>, vault: Arc<KeyVault>) -> Arc<Self> {
        let ring = Mutex::new(Ring::after(*store.head().borrow()));
        let reader = Reader { store, vault };
        Arc::new(Self { reader, ring, feeding: tokio::sync::Mutex::default(), ahead: Ahead::default() })
    }

    fn store(&self) -> &S {
        &self.reader.store
    }

    async fn look(&self) -> Result<Position, LogError> {
        self.store().look().await.map_err(unavailable)
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
            _ if position < begin => self.read_back(position, limit, begin).await,
            // Beyond what was read here so far: another process is ahead.
            _ => self.reader.entries(position, limit).await,
        }
    }

    /// Takes in the newest entries, if there are any, for whoever follows.
    async fn feed(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        let _alone = self.feeding.lock().await;
        let end = self.ring.lock().end();
        if end == position && self.reaches_beyond(end).await? {
            let newest = self.reader.newest(end, FEED).await?;
            self.ring.lock().extend(newest);
        }
        Ok(self.ring.lock().read(position, limit).unwrap_or_default())
    }

    async fn reaches_beyond(&self, position: Position) -> Result<bool, LogError> {
        let known = *self.store().head().borrow();
        Ok(known > position || (!self.store().is_alone() && self.look().await? > position))
    }

    /// What lies before the ring, which begins after `begin`; the next such batch is read while the caller works on this one.
    async fn read_back(&self, position: Position, limit: usize, begin: Position) -> Result<Vec<Entry>, LogError> {
        let limit = limit.min(usize::try_from(begin - position).unwrap_or(usize::MAX));
        let entries = match self.ahead.take(position, limit).await {
            Some(read) => read?,
            None => self.reader.entries(position, limit).await?,
        };
        let next = position + entries.len() as Position;
        if entries.len() == limit && next < begin {
            let (reader, limit) = (self.reader.clone(), limit.min(usize::try_from(begin - next).unwrap_or(usize::MAX)));
            self.ahead.begin(next, limit, async move { reader.entries(next, limit).await });
        }
        Ok(entries)
    }

    /// Waits until the head is beyond `known`, at most `wait`; it looks by itself when nobody tells.
    async fn news(&self, known: Position, wait: Duration) -> Result<(), LogError> {
        let mut head = self.store().head().subscribe();
        let told = timeout(wait.min(self.store().poll()), head.wait_for(|head| *head > known)).await.is_ok();
        if told { Ok(()) } else { self.look().await.map(|_| ()) }
    }
}

#[async_trait]
impl<S: Source> Log for StoreLog<S> {
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
            // Before the look: a store that was set back may never reach the head that was known of it.
            let known = (*self.store().head().borrow()).max(from.offset);
            let entries = self.next(from.offset, limit).await?;
            if let Some(last) = entries.last() {
                let position = last.position();
                let end = Checkpoint { offset: position, position, event_id: Some(last.event_id()) };
                return Ok(Batch { entries, end });
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Batch { entries, end: from });
            }
            self.news(known, left).await?;
        }
    }

    async fn of_stream(&self, _: Partition, after: After, limit: usize) -> Result<Vec<Entry>, LogError> {
        let read = self.store().page(after.stream, after.version, u32::try_from(limit).unwrap_or(u32::MAX)).await;
        let events = read.map_err(unavailable)?.into_iter().map(from_raw).collect();
        Ok(decoded(&self.reader.vault, events).await?.into_iter().map(|one| one.entry).collect())
    }

    async fn end(&self, _partition: Partition) -> Result<Checkpoint, LogError> {
        let head = if self.store().is_alone() { *self.store().head().borrow() } else { self.look().await? };
        Ok(Checkpoint::behind(head))
    }

    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError> {
        match checkpoint.event_id {
            Some(event) => self.store().has(checkpoint.position, event).await.map_err(unavailable),
            None => Ok(checkpoint.position == 0),
        }
    }
}

fn unavailable(away: Unavailable) -> LogError {
    LogError::Unavailable(away.0)
}

/// The events of a store, and the keys to read them with.
struct Reader<S> {
    store: Arc<S>,
    vault: Arc<KeyVault>,
}

impl<S> Clone for Reader<S> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), vault: self.vault.clone() }
    }
}

impl<S: Source> Reader<S> {
    /// Up to `limit` entries after `position`.
    async fn entries(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        let read = self.store.read(position, limit).await;
        Ok(self.decoded(position, read).await?.into_iter().map(|one| one.entry).collect())
    }

    /// The newest events after `position`, at most `limit` of those that are not at hand.
    async fn newest(&self, position: Position, limit: usize) -> Result<Vec<Decoded>, LogError> {
        let read = self.store.newest(position, limit).await;
        self.decoded(position, read).await
    }

    async fn decoded(
        &self,
        position: Position,
        read: Result<Vec<Readable>, Unavailable>,
    ) -> Result<Vec<Decoded>, LogError> {
        let events = read.map_err(unavailable)?;
        let hole = (position + 1..).zip(&events).find(|(expected, event)| event.position() != *expected);
        match hole.map(|(expected, event)| LogError::Hole { expected, found: event.position() }) {
            Some(hole) => Err(hole),
            None => decoded(&self.vault, events).await,
        }
    }
}
