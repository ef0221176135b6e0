//! Reaching the live generations, as fresh as is asked.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use query_side::Positions;
use query_side::ports::{Directory, Reading, Timeline};
use tokio::time::{Instant, timeout_at};

use super::super::{Generation, Generations};
use super::{SqliteDirectory, SqliteTimeline};
use crate::adapters::partitions::THE_STORE;
use crate::adapters::read_models::Live;

/// How often it is looked whether another generation is live.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[async_trait]
impl Live<dyn Directory> for Generations {
    async fn check(&self) -> Result<(), String> {
        self.live().look().await.map_err(|error| error.to_string())
    }

    async fn reading(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Directory>, Unavailable> {
        let (live, is_fresh) = fresh(self, bound, wait).await;
        Ok(Reading { model: Arc::new(SqliteDirectory::new(live.reader.clone())), is_fresh })
    }
}

#[async_trait]
impl Live<dyn Timeline> for Generations {
    async fn check(&self) -> Result<(), String> {
        self.live().look().await.map_err(|error| error.to_string())
    }

    async fn reading(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Timeline>, Unavailable> {
        let (live, is_fresh) = fresh(self, bound, wait).await;
        Ok(Reading { model: Arc::new(SqliteTimeline::new(live.reader.clone())), is_fresh })
    }
}

/// The live generation once it has passed `bound`, or after `wait`, and whether it has. Another one may take its place meanwhile.
async fn fresh(generations: &Generations, bound: &Positions, wait: Duration) -> (Arc<Generation>, bool) {
    let (goal, end) = (bound.get(THE_STORE), Instant::now() + wait);
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
