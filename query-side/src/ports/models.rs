//! Reaching a read model that is as fresh as is asked.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{RoomId, UserId};
use projections::ports::Partition;

use super::{Directory, Timeline, Unavailable};
use crate::Positions;

/// One generation of a read model: what is read through it belongs together, also while another one takes its place.
pub struct Reading<M: ?Sized> {
    pub model: Arc<M>,
    /// Whether it has passed the position that was asked for.
    pub is_fresh: bool,
}

/// The live generations of the read models.
#[async_trait]
pub trait ReadModels: Send + Sync {
    /// The directory once it has passed `bound`, or as it is after `wait`.
    async fn directory(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Directory>, Unavailable>;

    /// The timeline once it has passed `bound`, or as it is after `wait`.
    async fn timeline(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Timeline>, Unavailable>;

    /// The partition of the log in which `room` lies.
    fn partition_of(&self, room: RoomId) -> Partition;

    /// The partition of the log in which the inbox of `user` lies.
    fn partition_of_inbox(&self, user: UserId) -> Partition;
}
