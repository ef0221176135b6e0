//! A log in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, Event, Position};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::ports::{After, Batch, Checkpoint, Entry, Log, LogError, Partition, Unreadable};

/// A log whose positions are 1, 2, 3 …, whatever its events say.
#[derive(Default)]
pub(crate) struct MemoryLog {
    entries: Mutex<Vec<Entry>>,
    head: watch::Sender<Position>,
    /// What the next reads answer instead.
    pub(crate) faults: Mutex<Vec<LogError>>,
    /// The most entries that a read gives, if fewer than it asks for; with 0 nothing comes of what is there.
    pub(crate) most: Mutex<Option<usize>>,
    /// Whether the store is away when a stream is read by itself, the next times one after the other.
    pub(crate) absences: Mutex<VecDeque<bool>>,
}

impl MemoryLog {
    pub(crate) fn of(events: impl IntoIterator<Item = Envelope<Event>>) -> Arc<Self> {
        let log = Arc::new(Self::default());
        events.into_iter().for_each(|event| log.append(event));
        log
    }

    pub(crate) fn append(&self, mut event: Envelope<Event>) {
        let mut entries = self.entries.lock().expect("a log");
        event.position = entries.len() as Position + 1;
        entries.push(Entry::Event(Arc::new(event)));
        self.head.send_replace(entries.len() as Position);
    }

    /// Makes the entry at `position` one that this release can not read; gives back what can.
    pub(crate) fn garble(&self, position: Position) -> Entry {
        let mut entries = self.entries.lock().expect("a log");
        let entry = &mut entries[usize::try_from(position).expect("small") - 1];
        let unreadable = Entry::Unreadable(Unreadable {
            position,
            event_id: entry.event_id(),
            stream: entry.stream(),
            version: entry.version(),
            recorded_at: entry.recorded_at(),
            why: "from the future".to_owned(),
        });
        std::mem::replace(entry, unreadable)
    }

    pub(crate) fn restore(&self, readable: Entry) {
        let index = usize::try_from(readable.position()).expect("small") - 1;
        self.entries.lock().expect("a log")[index] = readable;
    }

    /// Forgets what stands above `position`.
    pub(crate) fn lose(&self, position: Position) {
        self.entries.lock().expect("a log").truncate(usize::try_from(position).expect("small"));
    }

    fn after(&self, from: Position, limit: usize) -> Vec<Entry> {
        let entries = self.entries.lock().expect("a log");
        entries.iter().filter(|entry| entry.position() > from).take(limit).cloned().collect()
    }
}

#[async_trait]
impl Log for MemoryLog {
    fn partitions(&self) -> Vec<Partition> {
        vec![0]
    }

    async fn read(&self, _: Partition, from: Checkpoint, limit: usize, wait: Duration) -> Result<Batch, LogError> {
        if let Some(fault) = self.faults.lock().expect("faults").pop() {
            return Err(fault);
        }
        let most = self.most.lock().expect("a bound").unwrap_or(limit);
        let mut head = self.head.subscribe();
        timeout(wait, head.wait_for(|head| *head > from.position && most > 0)).await.ok();
        let entries = self.after(from.position, limit.min(most));
        let end = entries.last().map_or(from, |last| Checkpoint {
            offset: last.position(),
            position: last.position(),
            event_id: Some(last.event_id()),
        });
        Ok(Batch { entries, end })
    }

    async fn of_stream(&self, _: Partition, after: After, limit: usize) -> Result<Vec<Entry>, LogError> {
        if self.absences.lock().expect("absences").pop_front() == Some(true) {
            return Err(LogError::Unavailable("gone fishing".to_owned()));
        }
        let entries = self.entries.lock().expect("a log");
        let is_of = |entry: &&Entry| entry.stream() == after.stream && entry.version() > after.version;
        Ok(entries.iter().filter(is_of).take(limit).cloned().collect())
    }

    async fn end(&self, _partition: Partition) -> Result<Checkpoint, LogError> {
        Ok(Checkpoint::behind(self.entries.lock().expect("a log").len() as Position))
    }

    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError> {
        let before = checkpoint.position.checked_sub(1);
        let entry = before.and_then(|before| self.after(before, 1).pop());
        Ok(entry.map(|entry| entry.event_id()) == checkpoint.event_id)
    }
}
