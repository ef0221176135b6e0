//! One generation of a read model follows another.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Checkpoint, Partition, ReadModel, Unavailable};

/// Why a generation did not take the place of the live one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    /// The fence is gone: the live generation may have moved on.
    #[error("the fence did not hold")]
    Unfenced,
    #[error("the read model is away: {0}")]
    Unavailable(String),
}

/// The generations of one read model, for whoever builds a new one. One rebuild at a time.
#[async_trait]
pub trait Succession<C: Send + 'static>: Send + Sync {
    /// The generation that a stopped rebuild left, or a new empty one: written fast, and not durable until settled.
    async fn building(&self) -> Result<Arc<dyn ReadModel<C>>, Unavailable>;

    /// Throws away what was built; the next call of [`Succession::building`] begins at nothing.
    async fn discard(&self) -> Result<(), Unavailable>;

    /// Makes durable what was built so far.
    async fn settle(&self) -> Result<(), Unavailable>;

    /// Keeps the live generation where it stands, for `time` at most; says where that is.
    async fn fence(&self, time: Duration) -> Result<Vec<(Partition, Checkpoint)>, Unavailable>;

    /// Lets the live generation go on.
    async fn unfence(&self) -> Result<(), Unavailable>;

    /// Puts the settled generation in the place of the fenced one, at once for all readers; gives its number.
    async fn switch(&self) -> Result<u64, SwitchError>;
}
