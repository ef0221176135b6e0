//! Writing whichever generation is live.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use projections::ports::{Checkpoint, Commit, CommitError, Parked, Partition, ReadModel, Unavailable};

use super::file::Purpose;
use super::writer::Writer;
use super::{Generations, Kept, away};

/// How often somebody who met a fence looks whether it is gone.
const LOOK: Duration = Duration::from_millis(10);
/// How often before they say that it is there.
const LOOKS: u32 = 25;

/// The live generation as the projector writes it.
pub struct LiveModel<C: Kept> {
    generations: Arc<Generations>,
    /// The writer of the generation with this number.
    writer: Mutex<Option<(u64, Arc<Writer<C>>)>>,
}

impl<C: Kept> LiveModel<C> {
    /// Writes the live one of `generations`, which are those of the same model.
    #[must_use]
    pub fn new(generations: Arc<Generations>) -> Self {
        debug_assert_eq!(generations.model(), C::MODEL);
        Self { generations, writer: Mutex::new(None) }
    }

    fn writer(&self) -> (u64, Arc<Writer<C>>) {
        let live = self.generations.live();
        let mut known = self.writer.lock();
        match &*known {
            Some((number, writer)) if *number == live.number => (*number, writer.clone()),
            _ => {
                let writer = Arc::new(Writer::new(live.path().clone(), Purpose::Live, live.raised()));
                *known = Some((live.number, writer.clone()));
                (live.number, writer)
            }
        }
    }

    /// Waits a little for a fence to go, or for another generation to be live.
    async fn wait(&self, number: u64, writer: &Writer<C>) -> Result<(), sqlx::Error> {
        for _ in 0..LOOKS {
            self.generations.refresh().await?;
            if self.generations.live().number != number || !writer.is_fenced().await? {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }
}

#[async_trait]
impl<C: Kept> ReadModel<C> for LiveModel<C> {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        self.generations.refresh().await.map_err(away)?;
        self.writer().1.checkpoint(partition).await
    }

    async fn commit(&self, commit: Commit<C>) -> Result<(), CommitError> {
        let (number, writer) = self.writer();
        let committed = writer.commit(commit).await;
        if let Err(CommitError::Moved(_)) = &committed {
            let waited = self.wait(number, &writer).await;
            waited.map_err(|error| CommitError::Unavailable(error.to_string()))?;
        }
        committed
    }

    fn is_awaited(&self) -> bool {
        self.generations.live().is_awaited()
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        self.writer().1.parked().await
    }
}
