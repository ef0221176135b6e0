//! Keeping a read model.

use async_trait::async_trait;
use domain::{Position, StreamId, Version};

use super::{Checkpoint, Partition};

/// The part of the world behind a port is away; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// An event that could not be applied, and behind it every later one of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    pub stream: StreamId,
    /// The first version that is not applied.
    pub version: Version,
    pub position: Position,
    pub why: String,
}

/// Changes and the checkpoints between which they lie.
#[derive(Clone, Debug)]
pub struct Commit<C> {
    pub partition: Partition,
    pub from: Checkpoint,
    /// The same as `from` when a parked stream is applied after all.
    pub to: Checkpoint,
    pub changes: Vec<C>,
    /// Streams that stand still from now on, or further on than before.
    pub parked: Vec<Parked>,
    /// Streams that stand still no longer.
    pub released: Vec<StreamId>,
}

/// Why changes were not kept; none of them was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The checkpoint is not where it was: somebody else moved it, or this generation is fenced.
    #[error("the read model's checkpoint is at {0}, not where it was read")]
    Moved(Position),
    #[error("the read model is away: {0}")]
    Unavailable(String),
    /// Something in the batch can not be kept.
    #[error("the read model refuses the changes: {0}")]
    Rejected(String),
}

/// One generation of a read model, as the projector writes it.
#[async_trait]
pub trait ReadModel<C: Send + 'static>: Send + Sync {
    /// Where the model stands.
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable>;

    /// Keeps changes and moves the checkpoint, together or not at all.
    async fn commit(&self, commit: Commit<C>) -> Result<(), CommitError>;

    /// Whether somebody waits for what is not kept yet; if nobody does, more is kept at once.
    fn is_awaited(&self) -> bool {
        true
    }

    /// The streams that are parked.
    async fn parked(&self) -> Result<Vec<Parked>, Unavailable>;
}
