//! The chains of all streams, checked: seals cover the hashes of events, and these cover what the events say.

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Envelope, Position, StreamId};

/// Events that a check reads at once.
const PAGE: u32 = 500;

/// The column with the hash of the event before, in both databases.
macro_rules! previous_hash {
    () => {
        "(SELECT p.hash FROM events p WHERE p.aggregate_type = events.aggregate_type
            AND p.aggregate_id = events.aggregate_id AND p.sequence = events.sequence - 1)"
    };
}
pub(super) use previous_hash;

/// A store whose events are chained.
#[async_trait]
pub trait Chained: Send + Sync {
    /// At most `limit` events behind `after` in the order of the log, each with the hash of the one before it in its stream (all zero
    /// where there is none).
    async fn chained(&self, after: Position, limit: u32) -> Result<Vec<(Envelope<Raw>, Hash)>, Unavailable>;
}

/// An event that is not what was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forged {
    pub position: Position,
    pub stream: StreamId,
}

/// Computes the hash of every event of `store` again, up to the first that is another.
///
/// # Errors
/// The store is away, or a row is damaged.
pub async fn first_forged(store: &impl Chained) -> Result<Option<Forged>, Unavailable> {
    let mut after = 0;
    loop {
        let page = store.chained(after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        after = last.position;
        let is_forged = |(event, previous): &&(Envelope<Raw>, Hash)| event.hash_after(*previous) != event.payload.hash;
        if let Some((event, _)) = page.iter().find(is_forged) {
            return Ok(Some(Forged { position: event.position, stream: event.stream }));
        }
    }
}
