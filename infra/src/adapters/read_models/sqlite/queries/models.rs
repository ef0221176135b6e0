//! Reaching the live generations, as fresh as is asked.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::RoomId;
use projections::ports::Partition;
use query_side::Positions;
use query_side::ports::{Directory, ReadModels, Reading, Timeline};
use tokio::time::{Instant, timeout_at};

use super::super::{Generation, Generations};
use super::{SqliteDirectory, SqliteTimeline};

/// The log of a store has one partition.
const THE_LOG: Partition = 0;
/// How often it is looked whether another generation is live.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The read models on SQLite.
pub struct SqliteReadModels {
    directory: Arc<Generations>,
    timeline: Arc<Generations>,
}

impl SqliteReadModels {
    /// Over the generations of both.
    #[must_use]
    pub const fn new(directory: Arc<Generations>, timeline: Arc<Generations>) -> Self {
        Self { directory, timeline }
    }
}

#[async_trait]
impl ReadModels for SqliteReadModels {
    async fn directory(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Directory>, Unavailable> {
        let (live, is_fresh) = fresh(&self.directory, bound, wait).await;
        Ok(Reading { model: Arc::new(SqliteDirectory::new(live.reader.clone())), is_fresh })
    }

    async fn timeline(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Timeline>, Unavailable> {
        let (live, is_fresh) = fresh(&self.timeline, bound, wait).await;
        Ok(Reading { model: Arc::new(SqliteTimeline::new(live.reader.clone())), is_fresh })
    }

    fn partition_of(&self, _room: RoomId) -> Partition {
        THE_LOG
    }
}

/// The live generation once it has passed `bound`, or after `wait`, and whether it has. Another one may take its place meanwhile.
async fn fresh(generations: &Generations, bound: &Positions, wait: Duration) -> (Arc<Generation>, bool) {
    let (goal, end) = (bound.get(THE_LOG), Instant::now() + wait);
    loop {
        let live = generations.live();
        let mut applied = live.applied.clone();
        let look = end.min(Instant::now() + LOOK_EVERY);
        // A generation keeps the sender of its own position: this ends by time, or well.
        let passed = timeout_at(look, applied.wait_for(|position| *position >= goal)).await.is_ok();
        if passed || Instant::now() >= end {
            return (live, passed);
        }
    }
}
