//! Writing one generation: one transaction a commit, the checkpoint in it. Each partition has a connection of its own.

mod friendships;
mod held;
mod inboxes;
mod rooms;
mod users;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Position, StreamId};
use projections::directory::{DirectoryChange, DirectoryRows};
use projections::ports::{Checkpoint, Commit, CommitError, Parked, Partition, ReadModel, Unavailable};
use sqlx::Executor as _;
use sqlx::mysql::MySqlConnection;
use tokio::sync::Mutex;

use super::server::{PATIENCE, Server, within};
use super::{away, checkpoints, parked};
use held::Held;
pub(super) use held::{end_sleepers, is_waited_in_vain, make_impatient, number};

/// How often a commit is begun when others' locks are in its way.
const ATTEMPTS: u32 = 5;
/// No commit takes longer; the connection of one that does is closed.
const LONGEST: Duration = Duration::from_secs(60);

type Slot = Arc<Mutex<Option<Held>>>;

/// The writer of a generation in this process.
pub(super) struct Writer {
    server: Server,
    database: String,
    slots: parking_lot::Mutex<HashMap<Partition, Slot>>,
}

impl Writer {
    pub(super) fn new(server: Server, database: String) -> Self {
        Self { server, database, slots: parking_lot::Mutex::default() }
    }

    fn slot(&self, partition: Partition) -> Slot {
        self.slots.lock().entry(partition).or_default().clone()
    }

    async fn connect(&self) -> Result<MySqlConnection, sqlx::Error> {
        self.server.connect(&self.database).await
    }
}

/// What a commit comes to.
struct Batch {
    partition: Partition,
    from: Checkpoint,
    to: Checkpoint,
    rows: DirectoryRows,
    parked: Vec<Parked>,
    released: Vec<StreamId>,
}

impl Batch {
    fn of(commit: Commit<DirectoryChange>) -> Self {
        let Commit { partition, from, to, changes, parked, released } = commit;
        Self { partition, from, to, rows: DirectoryRows::gather(changes), parked, released }
    }

    /// Where the checkpoint stands instead, if not where the commit expects it.
    async fn write(&self, on: &mut MySqlConnection) -> Result<Option<Position>, sqlx::Error> {
        if !checkpoints::begin(on, self.partition, self.from, self.to).await? {
            on.execute("ROLLBACK").await?;
            let all = checkpoints::all(on).await?;
            return Ok(Some(checkpoints::of(&all, self.partition).position));
        }
        users::write(on, &self.rows.users).await?;
        friendships::write(on, &self.rows).await?;
        rooms::write(on, &self.rows).await?;
        inboxes::write(on, &self.rows).await?;
        parked::park(on, &self.parked).await?;
        parked::release(on, &self.released).await?;
        on.execute("COMMIT").await?;
        Ok(None)
    }
}

impl Writer {
    /// Out of its slot while it is used: if this is broken off, the connection is closed, which rolls back.
    async fn write(&self, slot: &mut Option<Held>, batch: &Batch) -> Result<Option<Position>, sqlx::Error> {
        let mut held = match slot.take() {
            Some(held) => held,
            None => within(PATIENCE, Held::take(self.connect().await?, batch.partition)).await?,
        };
        let written = within(LONGEST, batch.write(&mut held.connection)).await;
        match &written {
            Ok(_) => *slot = Some(held),
            Err(error) if is_waited_in_vain(error) => within(PATIENCE, held.push_out()).await?,
            Err(error) if number(error).is_some() => *slot = held.rolled_back().await,
            Err(_) => {}
        }
        written
    }
}

#[async_trait]
impl ReadModel<DirectoryChange> for Writer {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        let mut connection = self.connect().await.map_err(away)?;
        let all = within(PATIENCE, checkpoints::all(&mut connection)).await.map_err(away)?;
        Ok(checkpoints::of(&all, partition))
    }

    async fn commit(&self, commit: Commit<DirectoryChange>) -> Result<(), CommitError> {
        let (slot, batch) = (self.slot(commit.partition), Batch::of(commit));
        let mut slot = slot.lock().await;
        let mut attempts = 1;
        loop {
            match self.write(&mut slot, &batch).await {
                Ok(None) => return Ok(()),
                Ok(Some(position)) => return Err(CommitError::Moved(position)),
                Err(error) if held::is_worth_a_retry(&error) && attempts < ATTEMPTS => attempts += 1,
                Err(error) => return Err(refused(&error)),
            }
        }
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        let mut connection = self.connect().await.map_err(away)?;
        within(PATIENCE, parked::read(&mut connection)).await.map_err(away)
    }
}

/// A value that breaks the schema is the event's fault; everything else is the server's.
fn refused(error: &sqlx::Error) -> CommitError {
    // Null where none may be, out of range, duplicate, wrong text, too long, a packet too large.
    const OF_A_VALUE: [u16; 6] = [1048, 1264, 1062, 1366, 1406, 1153];
    match number(error) {
        Some(number) if OF_A_VALUE.contains(&number) => CommitError::Rejected(error.to_string()),
        _ => CommitError::Unavailable(error.to_string()),
    }
}
