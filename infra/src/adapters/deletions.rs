//! The accounts that were deleted, as they are.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::process::Happenings;
use domain::stored::Raw;
use domain::{Envelope, Event, Position};
use tokio::time::{Instant, sleep};

/// How often it is looked for the next. Few accounts are deleted, and nobody waits for it.
const POLL: Duration = Duration::from_millis(250);

/// A store that finds them by an index.
#[async_trait]
pub trait Deleted: Send + Sync {
    /// At most `limit` of them after `position`, in order.
    async fn deleted_after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable>;
}

/// The deletions of one store.
pub struct Deletions(pub Arc<dyn Deleted>);

#[async_trait]
impl Happenings for Deletions {
    async fn after(&self, position: Position, limit: usize, wait: Duration) -> Result<Vec<Envelope>, Unavailable> {
        let end = Instant::now() + wait;
        loop {
            let found = self.0.deleted_after(position, limit).await?;
            if !found.is_empty() || Instant::now() >= end {
                return found.into_iter().map(read).collect();
            }
            sleep(POLL).await;
        }
    }
}

/// Nothing personal is in it that had to be opened.
fn read(stored: Envelope<Raw>) -> Result<Envelope, Unavailable> {
    let raw = &stored.payload;
    let event = Event::read(stored.stream.kind, &raw.event_type, raw.schema_version, &raw.json);
    Ok(stored.with(event.map_err(|error| Unavailable(error.to_string()))?))
}
