//! The read models.

mod columns;
#[cfg(test)]
mod given;
pub mod mongo;
pub mod mysql;
pub mod sqlite;
mod tables;
mod told;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{RoomId, UserId};
use projections::ports::Partition;
use query_side::Positions;
use query_side::ports::{Directory, ReadModels, Reading, Timeline};

use super::partitions::Partitions;

/// The live generation of one read model, wherever it is kept.
#[async_trait]
pub trait Live<M: ?Sized>: Send + Sync {
    /// The model once it has passed `bound`, or as it is after `wait`.
    async fn reading(&self, bound: &Positions, wait: Duration) -> Result<Reading<M>, Unavailable>;

    /// Whether it can be read.
    async fn check(&self) -> Result<(), String>;
}

/// Both read models, each kept where the settings say.
pub struct BothModels {
    pub directory: Arc<dyn Live<dyn Directory>>,
    pub timeline: Arc<dyn Live<dyn Timeline>>,
    pub partitions: Partitions,
}

#[async_trait]
impl ReadModels for BothModels {
    async fn directory(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Directory>, Unavailable> {
        self.directory.reading(bound, wait).await
    }

    async fn timeline(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Timeline>, Unavailable> {
        self.timeline.reading(bound, wait).await
    }

    fn partition_of(&self, room: RoomId) -> Partition {
        self.partitions.of_room(room)
    }

    fn partition_of_inbox(&self, user: UserId) -> Partition {
        self.partitions.of_inbox(user)
    }
}
