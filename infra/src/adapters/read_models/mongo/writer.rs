//! Writing one generation: the rows, then the rooms, then the checkpoint.

use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join_all;
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR};
use mongodb::{ClientSession, Database};
use projections::ports::{Checkpoint, Commit, CommitError, Parked, Partition, ReadModel, Unavailable};
use projections::timeline::TimelineChange;
use uuid::Uuid;

use super::batch::Batch;
use super::bulk::{Bulk, Concern, Sort};
use super::faults::{WRITE_PATIENCE, away, unkept, within};
use super::generation::Generation;
use super::schema::{self, MESSAGES};
use super::state::{Begun, State};

pub(super) mod parked;
mod recognized;

/// How often somebody who was asked to pause looks whether they may go on, and how often before they give up.
const LOOK: Duration = Duration::from_millis(5);
const LOOKS: u32 = 1_000;
/// How often a transaction that met another write is tried.
const TRIES: u32 = 20;

/// What a generation is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be read while it is written, by several processes maybe.
    Live,
    /// To become a live one.
    Building,
    /// To be thrown away.
    Scratch,
}

/// Who writes a generation.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) database: Database,
    pub(super) state: State,
    purpose: Purpose,
}

type Move = (Partition, Checkpoint, Checkpoint);

impl Writer {
    pub(super) fn of(database: Database, purpose: Purpose) -> Self {
        let state = State::of(&database);
        Self { database, state, purpose }
    }

    /// Writes the live generation.
    pub(super) fn live(generation: &Generation) -> Self {
        Self::of(generation.database.clone(), Purpose::Live)
    }

    pub(super) const fn concern(&self) -> Concern {
        match self.purpose {
            Purpose::Live | Purpose::Building => Concern::Durable,
            Purpose::Scratch => Concern::Quick,
        }
    }

    /// Notes that the batch is being written, unless it must not be.
    async fn begin(&self, partition: Partition, from: Checkpoint, token: Uuid) -> Result<(), CommitError> {
        for _ in 0..LOOKS {
            match self.state.begin(partition, from, token).await.map_err(unkept)? {
                Begun::Yes => return Ok(()),
                Begun::Elsewhere(position) => return Err(CommitError::Moved(position)),
                Begun::Paused => tokio::time::sleep(LOOK).await,
            }
        }
        Err(CommitError::Unavailable("the timeline stays paused".to_owned()))
    }

    /// Writes what a batch comes to.
    pub(super) async fn write(&self, batch: &Batch) -> Result<(), CommitError> {
        if batch.erases && self.purpose != Purpose::Live {
            schema::find_versions(&self.database).await.map_err(unkept)?;
        }
        for step in &batch.steps {
            try_join_all(step.iter().map(|bulk| self.run(bulk))).await?;
        }
        Ok(())
    }

    async fn run(&self, bulk: &Bulk) -> Result<(), CommitError> {
        let known = bulk.run(&self.database, self.concern()).await?;
        if bulk.sort == Sort::Insert && bulk.collection == MESSAGES && !known.is_empty() {
            recognized::check(&self.database, &known).await?;
        }
        Ok(())
    }

    /// Moves the checkpoint; what is parked or released goes with it, all or nothing.
    async fn finish(&self, moved: Move, token: Uuid, commit: &Still) -> Result<(), CommitError> {
        let is_moved = if commit.is_empty() {
            self.state.finish(moved, token, None).await.map_err(unkept)?
        } else {
            self.finish_still(moved, token, commit).await.map_err(unkept)?
        };
        if is_moved {
            return Ok(());
        }
        let seen = self.state.look().await.map_err(unkept)?;
        Err(CommitError::Moved(seen.checkpoint(moved.0).position))
    }

    async fn finish_still(&self, moved: Move, token: Uuid, commit: &Still) -> Result<bool, Error> {
        let mut session = within(WRITE_PATIENCE, async { self.database.client().start_session().await }).await?;
        for _ in 0..TRIES {
            match self.try_still(&mut session, moved, token, commit).await {
                Err(error) if error.contains_label(TRANSIENT_TRANSACTION_ERROR) => {
                    let _ = session.abort_transaction().await;
                    tokio::time::sleep(LOOK).await;
                }
                outcome => return outcome,
            }
        }
        self.try_still(&mut session, moved, token, commit).await
    }

    async fn try_still(
        &self,
        session: &mut ClientSession,
        moved: Move,
        token: Uuid,
        commit: &Still,
    ) -> Result<bool, Error> {
        session.start_transaction().await?;
        if !self.state.finish(moved, token, Some(session)).await? {
            session.abort_transaction().await?;
            return Ok(false);
        }
        parked::keep(&self.database, session, &commit.parked, &commit.released).await?;
        within(WRITE_PATIENCE, async { session.commit_transaction().await }).await?;
        Ok(true)
    }
}

/// What of a commit is about streams that stand still.
struct Still {
    parked: Vec<Parked>,
    released: Vec<domain::StreamId>,
}

impl Still {
    fn is_empty(&self) -> bool {
        self.parked.is_empty() && self.released.is_empty()
    }
}

#[async_trait]
impl ReadModel<TimelineChange> for Writer {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        let seen = self.state.look().await.map_err(away)?;
        if self.purpose == Purpose::Live {
            self.state.name(partition, &seen).await.map_err(away)?;
        }
        Ok(seen.checkpoint(partition))
    }

    async fn commit(&self, commit: Commit<TimelineChange>) -> Result<(), CommitError> {
        let Commit { partition, from, to, changes, parked, released } = commit;
        let (batch, still, token) = (Batch::of(changes)?, Still { parked, released }, Uuid::now_v7());
        // Where nobody else reads nor writes, it need not be told apart what is half written.
        if self.purpose == Purpose::Live && !batch.steps.is_empty() {
            self.begin(partition, from, token).await?;
        }
        self.write(&batch).await?;
        self.finish((partition, from, to), token, &still).await
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        parked::all(&self.database).await.map_err(away)
    }
}
