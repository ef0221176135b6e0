//! Comparing a read model with what the log says.

use std::sync::Arc;

use async_trait::async_trait;
use domain::hash::Hash;
use futures::stream::BoxStream;
use uuid::Uuid;

use super::{Checkpoint, Parked, Partition, ReadModel, Unavailable};

/// The rows of one key in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digested {
    pub table: &'static str,
    pub key: Uuid,
    pub rows: u64,
    /// Over all columns of the rows, in a fixed order.
    pub digest: Hash,
}

/// A read model of which digests can be made.
pub trait Digests: Send + Sync {
    /// The tables, in the order of [`Digests::digests`].
    fn tables(&self) -> Vec<&'static str>;

    /// The digests of every key, table by table, ordered by key.
    fn digests(&self) -> BoxStream<'static, Result<Digested, Unavailable>>;
}

/// The live generation as it is at one moment, while it moves on.
pub struct Frozen {
    pub checkpoints: Vec<(Partition, Checkpoint)>,
    pub parked: Vec<Parked>,
    pub digests: Arc<dyn Digests>,
}

/// A generation that is made to be compared and thrown away.
pub struct Scratch<C> {
    pub model: Arc<dyn ReadModel<C>>,
    pub digests: Arc<dyn Digests>,
}

/// The generations of one read model, for whoever verifies the live one.
#[async_trait]
pub trait Verification<C: Send + 'static>: Send + Sync {
    /// The live generation, as it is now.
    async fn frozen(&self) -> Result<Frozen, Unavailable>;

    /// An empty generation; what was left of earlier ones is removed.
    async fn scratch(&self) -> Result<Scratch<C>, Unavailable>;

    /// Removes the scratch.
    async fn clear(&self);
}
