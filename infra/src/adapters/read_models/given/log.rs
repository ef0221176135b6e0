//! A log in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, Position};
use parking_lot::Mutex;
use projections::ports::{After, Batch, Checkpoint, Entry, Log, LogError, Partition, Unreadable};
use tokio::sync::watch;
use tokio::time::timeout;

/// A log whose positions are 1, 2, 3 …, whatever its events say.
#[derive(Default)]
pub(crate) struct MemoryLog {
    entries: Mutex<Vec<Entry>>,
    head: watch::Sender<Position>,
}

impl MemoryLog {
    pub(crate) fn of(events: impl IntoIterator<Item = Envelope>) -> Arc<Self> {
        let log = Arc::new(Self::default());
        events.into_iter().for_each(|event| log.append(event));
        log
    }

    pub(crate) fn append(&self, mut event: Envelope) {
        let mut entries = self.entries.lock();
        event.position = entries.len() as Position + 1;
        entries.push(Entry::Event(Arc::new(event)));
        self.head.send_replace(entries.len() as Position);
    }

    /// Makes the entry at `position` one that this release can not read.
    pub(crate) fn garble(&self, position: usize) {
        let mut entries = self.entries.lock();
        let entry = &mut entries[position - 1];
        *entry = Entry::Unreadable(Unreadable {
            position: entry.position(),
            event_id: entry.event_id(),
            stream: entry.stream(),
            version: entry.version(),
            recorded_at: entry.recorded_at(),
            why: "from the future".to_owned(),
        });
    }

    pub(crate) fn len(&self) -> Position {
        self.entries.lock().len() as Position
    }
}

#[async_trait]
impl Log for MemoryLog {
    fn partitions(&self) -> Vec<Partition> {
        vec![0]
    }

    async fn read(&self, _: Partition, from: Checkpoint, limit: usize, wait: Duration) -> Result<Batch, LogError> {
        let mut head = self.head.subscribe();
        timeout(wait, head.wait_for(|head| *head > from.position)).await.ok();
        let entries: Vec<_> = {
            let all = self.entries.lock();
            let first = usize::try_from(from.position).unwrap_or(usize::MAX).min(all.len());
            all[first..].iter().take(limit).cloned().collect()
        };
        let end = entries.last().map_or(from, |last| Checkpoint {
            offset: last.position(),
            position: last.position(),
            event_id: Some(last.event_id()),
        });
        Ok(Batch { entries, end })
    }

    async fn of_stream(&self, _: Partition, after: After, limit: usize) -> Result<Vec<Entry>, LogError> {
        let entries = self.entries.lock();
        let is_of = |entry: &&Entry| entry.stream() == after.stream && entry.version() > after.version;
        Ok(entries.iter().filter(is_of).take(limit).cloned().collect())
    }

    async fn end(&self, _partition: Partition) -> Result<Checkpoint, LogError> {
        Ok(Checkpoint::behind(self.len()))
    }

    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError> {
        let all = self.entries.lock();
        let index = usize::try_from(checkpoint.position).unwrap_or(usize::MAX).checked_sub(1);
        Ok(index.and_then(|index| all.get(index)).map(Entry::event_id) == checkpoint.event_id)
    }
}
