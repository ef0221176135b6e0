//! The log of all events.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, Event, EventId, Position, StreamId, Timestamp, Version};
use tokio::sync::watch;

/// A part of the log that is in order by itself. The embedded log has one, number 0.
pub type Partition = u32;

/// One entry of the log.
#[derive(Clone, Debug)]
pub enum Entry {
    /// An event, upcast and opened: its personal fields are readable or erased.
    Event(Arc<Envelope<Event>>),
    /// An event that this release can not read.
    Unreadable(Unreadable),
}

/// What is known of an event that can not be read: its place, not its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub position: Position,
    pub event_id: EventId,
    pub stream: StreamId,
    pub version: Version,
    pub recorded_at: Timestamp,
    pub why: String,
}

impl Entry {
    /// Its place in the log.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            Self::Event(event) => event.position,
            Self::Unreadable(event) => event.position,
        }
    }

    /// Its id.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        match self {
            Self::Event(event) => event.event_id,
            Self::Unreadable(event) => event.event_id,
        }
    }

    /// Its stream.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        match self {
            Self::Event(event) => event.stream,
            Self::Unreadable(event) => event.stream,
        }
    }

    /// Its version in the stream.
    #[must_use]
    pub fn version(&self) -> Version {
        match self {
            Self::Event(event) => event.version,
            Self::Unreadable(event) => event.version,
        }
    }

    /// When it was recorded.
    #[must_use]
    pub fn recorded_at(&self) -> Timestamp {
        match self {
            Self::Event(event) => event.recorded_at,
            Self::Unreadable(event) => event.recorded_at,
        }
    }
}

/// Up to where a partition was read. `offset` is the log's own count (in the embedded log the position).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    pub offset: u64,
    pub position: Position,
    /// The last event at or below `position`; nothing before the first. Compared with the store at start.
    pub event_id: Option<EventId>,
}

impl Checkpoint {
    /// Behind `position` in a log that has no offsets of its own.
    #[must_use]
    pub const fn behind(position: Position) -> Self {
        Self { offset: position, position, event_id: None }
    }
}

/// What a reader of the log gets.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub entries: Vec<Entry>,
    /// The checkpoint after them.
    pub end: Checkpoint,
}

/// Why the log can not be read on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error("the log is away: {0}")]
    Unavailable(String),
    /// A position is missing: reading on would lose an event.
    #[error("the log has a hole: {expected} was expected, {found} came")]
    Hole { expected: Position, found: Position },
    /// The store does not have the event that was read before: it was restored to an earlier state, or lost its tail.
    #[error("the log has changed below position {0}: run `bigtech-chat adopt`")]
    Rewritten(Position),
}

/// A stream, after one of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    pub stream: StreamId,
    pub version: Version,
}

/// The log of all events, in position order per partition.
#[async_trait]
pub trait Log: Send + Sync {
    /// The partitions there are.
    fn partitions(&self) -> Vec<Partition>;

    /// Up to `limit` entries after `from`; waits up to `wait` for the first one. Empty when none came.
    async fn read(
        &self,
        partition: Partition,
        from: Checkpoint,
        limit: usize,
        wait: Duration,
    ) -> Result<Batch, LogError>;

    /// Up to `limit` entries of one stream, in order and as everything is appended by now, if they lie in `partition`:
    /// whoever follows the log is not held up by it.
    async fn of_stream(&self, partition: Partition, after: After, limit: usize) -> Result<Vec<Entry>, LogError>;

    /// Where `partition` ends: whoever reads from there gets what comes later. At position 0 when it never had an entry; it may
    /// leave the event's id out.
    async fn end(&self, partition: Partition) -> Result<Checkpoint, LogError>;

    /// The position up to which `partition` is appended by now: what lies above it was never given out. No lower than where it ends,
    /// also where that is told by brokers which have just come back.
    async fn appended(&self, partition: Partition) -> Result<Position, LogError> {
        self.end(partition).await.map(|end| end.position)
    }

    /// That the event at the checkpoint is the one that was read then.
    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError>;

    /// Where to read what lies above `position`, if no checkpoint there is known.
    fn above(&self, position: Position) -> Checkpoint {
        Checkpoint::behind(position)
    }

    /// Whether events of `stream` may lie in `partition`.
    fn may_hold(&self, _partition: Partition, _stream: StreamId) -> bool {
        true
    }

    /// The partitions that are this reader's to keep a read model of, as they come and go: several readers may share them out.
    /// All of them for ever, unless it is one of several.
    fn assigned(&self) -> watch::Receiver<Vec<Partition>> {
        watch::Sender::new(self.partitions()).subscribe()
    }

    /// Says that `partition`, which was assigned, is not kept here any more: another reader may have it.
    fn let_go(&self, _partition: Partition) {}

    /// Leaves the readers who share the partitions out; what was assigned here is theirs at once.
    async fn leave(&self) {}
}
