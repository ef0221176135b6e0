//! Reaching the live generations, as fresh as is asked.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{Position, RoomId};
use projections::ports::Partition;
use query_side::Positions;
use query_side::ports::{Directory, ReadModels, Reading, Timeline};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::super::generations::{Generation, Generations};
use super::row::away;
use super::timeline::checkpoint;
use super::{SqliteDirectory, SqliteTimeline};

/// The log of a store has one partition.
const THE_LOG: Partition = 0;
/// How often the checkpoint itself is looked at: the projector may run in another process.
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
        let (live, is_fresh) = fresh(&self.directory, bound, wait).await?;
        Ok(Reading { model: Arc::new(SqliteDirectory::new(live.reader.clone())), is_fresh })
    }

    async fn timeline(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Timeline>, Unavailable> {
        let (live, is_fresh) = fresh(&self.timeline, bound, wait).await?;
        Ok(Reading { model: Arc::new(SqliteTimeline::new(live.reader.clone())), is_fresh })
    }

    fn partition_of(&self, _room: RoomId) -> Partition {
        THE_LOG
    }
}

/// The live generation once it has passed `bound`, or after `wait`, and whether it has. Another one may take its place meanwhile.
async fn fresh(
    generations: &Generations,
    bound: &Positions,
    wait: Duration,
) -> Result<(Arc<Generation>, bool), Unavailable> {
    let end = Instant::now() + wait;
    loop {
        let live = generations.live();
        let look = end.min(Instant::now() + LOOK_EVERY);
        if passes(live.applied.clone(), bound.get(THE_LOG), look).await
            || checkpoint(&live.reader).await.map_err(away)?.covers(bound)
        {
            return Ok((live, true));
        }
        if Instant::now() >= end {
            return Ok((live, false));
        }
    }
}

/// Whether what is applied passes `goal` before `end`.
async fn passes(mut applied: watch::Receiver<Position>, goal: Position, end: Instant) -> bool {
    match timeout_at(end, applied.wait_for(|position| *position >= goal)).await {
        Ok(Ok(_)) => true,
        // Nobody in this process moves it.
        Ok(Err(_)) => {
            tokio::time::sleep_until(end).await;
            false
        }
        Err(_) => false,
    }
}
