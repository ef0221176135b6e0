//! Writing whichever generation is live.

use std::time::Duration;

use async_trait::async_trait;
use mongodb::error::Error;
use projections::ports::{Checkpoint, Commit, CommitError, Parked, Partition, ReadModel, Unavailable};
use projections::timeline::TimelineChange;
use query_side::Positions;

use super::MongoTimeline;
use super::faults::{away, unkept};
use super::generation::Generation;
use super::writer::Writer;

/// How often somebody who met a fence looks whether it is gone.
const LOOK: Duration = Duration::from_millis(10);
/// How often before they say that it is there.
const LOOKS: u32 = 25;

impl MongoTimeline {
    /// Waits a little for a fence to go, or for another generation to be live.
    async fn wait_behind(&self, generation: &Generation) -> Result<(), Error> {
        for _ in 0..LOOKS {
            self.keep_up().await?;
            if self.live().number != generation.number || !generation.look().await?.is_fenced {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }
}

#[async_trait]
impl ReadModel<TimelineChange> for MongoTimeline {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        self.keep_up().await.map_err(away)?;
        Writer::live(&self.live()).checkpoint(partition).await
    }

    async fn commit(&self, commit: Commit<TimelineChange>) -> Result<(), CommitError> {
        let (live, at) = (self.live(), Positions::of(commit.partition, commit.to.position));
        let committed = Writer::live(&live).commit(commit).await;
        match &committed {
            Ok(()) => live.raise(&at),
            Err(CommitError::Moved(_)) => self.wait_behind(&live).await.map_err(unkept)?,
            Err(_) => {}
        }
        committed
    }

    fn is_awaited(&self) -> bool {
        self.pulse().is_awaited()
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        Writer::live(&self.live()).parked().await
    }
}
