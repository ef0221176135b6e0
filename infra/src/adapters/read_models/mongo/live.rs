//! Writing whichever generation is live.

use std::sync::Arc;
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

/// The live generation as projectors write it.
pub struct MongoLive(Arc<MongoTimeline>);

impl MongoLive {
    /// Writes the live one of `timeline`.
    #[must_use]
    pub const fn new(timeline: Arc<MongoTimeline>) -> Self {
        Self(timeline)
    }

    fn writer(&self) -> (Arc<Generation>, Writer) {
        let live = self.0.live();
        let writer = Writer::live(&live);
        (live, writer)
    }

    /// Waits a little for a fence to go, or for another generation to be live.
    async fn wait_behind(&self, generation: &Generation) -> Result<(), Error> {
        for _ in 0..LOOKS {
            self.0.keep_up().await?;
            if self.0.live().number != generation.number || !generation.look().await?.is_fenced {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }
}

#[async_trait]
impl ReadModel<TimelineChange> for MongoLive {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        self.0.keep_up().await.map_err(away)?;
        self.writer().1.checkpoint(partition).await
    }

    async fn commit(&self, commit: Commit<TimelineChange>) -> Result<(), CommitError> {
        let ((live, writer), at) = (self.writer(), Positions::of(commit.partition, commit.to.position));
        let committed = writer.commit(commit).await;
        match &committed {
            Ok(()) => live.raise(&at),
            Err(CommitError::Moved(_)) => self.wait_behind(&live).await.map_err(unkept)?,
            Err(_) => {}
        }
        committed
    }

    fn is_awaited(&self) -> bool {
        self.0.pulse().is_awaited()
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        self.writer().1.parked().await
    }
}
