//! The event store's log, as process managers go through it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::processes::{Fed, Feed};
use domain::{Envelope, Position};
use projections::ports::{Checkpoint, Entry, Log, LogError};

use super::partitions::THE_STORE;

/// Goes through the log of the event store itself, wherever else that goes: commands are appended there too.
pub(super) struct LogFeed(Arc<dyn Log>);

impl LogFeed {
    /// Goes through `log`, the event store's.
    #[must_use]
    pub(super) const fn new(log: Arc<dyn Log>) -> Self {
        Self(log)
    }
}

#[async_trait]
impl Feed for LogFeed {
    async fn after(&self, position: Position, limit: usize, wait: Duration) -> Result<Fed, Unavailable> {
        let batch = self.0.read(THE_STORE, Checkpoint::behind(position), limit, wait).await.map_err(away)?;
        Ok(Fed { end: batch.end.position, events: batch.entries.into_iter().filter_map(readable).collect() })
    }

    async fn head(&self) -> Result<Position, Unavailable> {
        self.0.end(THE_STORE).await.map(|end| end.position).map_err(away)
    }
}

fn readable(entry: Entry) -> Option<Arc<Envelope>> {
    match entry {
        Entry::Event(event) => Some(event),
        Entry::Unreadable(event) => {
            tracing::error!(
                position = event.position,
                why = event.why,
                "an event leads to nothing: it can not be read"
            );
            None
        }
    }
}

fn away(error: LogError) -> Unavailable {
    Unavailable(error.to_string())
}
