//! Writing whichever generation is live, and reading it as fresh as is asked.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable as Away;
use parking_lot::Mutex;
use projections::directory::DirectoryChange;
use projections::ports::{Checkpoint, Commit, CommitError, Parked, Partition, ReadModel, Unavailable};
use query_side::Positions;
use query_side::ports::{Directory, Reading};
use tokio::time::{Instant, sleep};

use super::generation::Generation;
use super::queries::Tables;
use super::writer::Writer;
use super::{MysqlDirectory, away, checkpoints};
use crate::adapters::read_models::Live;

/// How often somebody who met a fence looks whether it is gone.
const LOOK: Duration = Duration::from_millis(20);
/// How often before they say that it is there.
const LOOKS: u32 = 12;
/// How long one generation is waited for before it is looked whether another is live.
const TURN: Duration = Duration::from_millis(50);

/// The live generation as projectors write it.
pub struct MysqlLive {
    all: Arc<MysqlDirectory>,
    /// The writer of the generation with this number.
    writer: Mutex<Option<(u64, Arc<Writer>)>>,
}

impl MysqlLive {
    /// Writes the live one of `all`.
    #[must_use]
    pub const fn new(all: Arc<MysqlDirectory>) -> Self {
        Self { all, writer: Mutex::new(None) }
    }

    fn writer(&self) -> (Arc<Generation>, Arc<Writer>) {
        let live = self.all.live();
        let mut known = self.writer.lock();
        match &*known {
            Some((number, writer)) if *number == live.number => (live, writer.clone()),
            _ => {
                let server = self.all.server.clone();
                let database = server.generation(live.number);
                let writer = Arc::new(Writer::new(server, database));
                *known = Some((live.number, writer.clone()));
                (live, writer)
            }
        }
    }

    /// Waits a little for a fence to go, or for another generation to be live.
    async fn wait(&self, generation: &Generation) -> Result<(), sqlx::Error> {
        for _ in 0..LOOKS {
            self.all.follow().await?;
            if self.all.live().number != generation.number || !checkpoints::is_fenced(&generation.pool).await? {
                break;
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}

#[async_trait]
impl ReadModel<DirectoryChange> for MysqlLive {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        self.all.follow().await.map_err(away)?;
        self.writer().1.checkpoint(partition).await
    }

    async fn commit(&self, commit: Commit<DirectoryChange>) -> Result<(), CommitError> {
        let (generation, writer) = self.writer();
        let (partition, to) = (commit.partition, commit.to.position);
        let committed = writer.commit(commit).await;
        match &committed {
            Ok(()) => generation.raise_one(partition, to),
            Err(CommitError::Moved(_)) => {
                let waited = self.wait(&generation).await;
                waited.map_err(|error| CommitError::Unavailable(error.to_string()))?;
            }
            Err(_) => {}
        }
        committed
    }

    fn is_awaited(&self) -> bool {
        self.all.live().is_awaited()
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        self.writer().1.parked().await
    }
}

#[async_trait]
impl Live<dyn Directory> for MysqlDirectory {
    async fn reading(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Directory>, Away> {
        let end = Instant::now() + wait;
        loop {
            let live = self.live();
            let is_fresh = live.passes(bound, end.min(Instant::now() + TURN)).await;
            if is_fresh || Instant::now() >= end {
                return Ok(Reading { model: Arc::new(Tables::new(live.pool.clone())), is_fresh });
            }
        }
    }

    async fn check(&self) -> Result<(), String> {
        self.live().look().await.map_err(|error| error.to_string())
    }
}
