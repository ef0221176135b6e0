//! The accounts that were deleted, found by an index of their own: few are, and nobody reads the whole log for them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::processes::{Fed, Feed};
use domain::stored::Raw;
use domain::{Envelope, Event, Position};
use tokio::time::{Instant, sleep};

/// How often it is looked for the next.
const POLL: Duration = Duration::from_millis(250);

/// A store that finds them.
#[async_trait]
pub trait Deleted: Send + Sync {
    /// At most `limit` deletions after `position`, in order.
    async fn deleted_after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable>;

    /// The position of the last one; 0 when there is none.
    async fn last_deleted(&self) -> Result<Position, Unavailable>;
}

/// The deletions of one store.
pub struct Deletions(pub Arc<dyn Deleted>);

#[async_trait]
impl Feed for Deletions {
    async fn after(&self, position: Position, limit: usize, wait: Duration) -> Result<Fed, Unavailable> {
        let end = Instant::now() + wait;
        let mut found = self.0.deleted_after(position, limit).await?;
        while found.is_empty() && Instant::now() < end {
            sleep(POLL.min(wait)).await;
            found = self.0.deleted_after(position, limit).await?;
        }
        let events: Vec<_> = found.into_iter().map(|stored| read(stored).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(Fed { end: events.last().map_or(position, |event| event.position), events })
    }

    async fn head(&self) -> Result<Position, Unavailable> {
        self.0.last_deleted().await
    }
}

/// Nothing personal is in it that had to be opened.
fn read(stored: Envelope<Raw>) -> Result<Envelope, Unavailable> {
    let raw = &stored.payload;
    let event = Event::read(stored.stream.kind, &raw.event_type, raw.schema_version, &raw.json);
    Ok(stored.with(event.map_err(|error| Unavailable(error.to_string()))?))
}
