//! Writing one generation: one transaction a commit, the checkpoint in it. Each partition has a connection of its own.

mod friendships;
mod held;
mod rooms;
mod users;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use projections::directory::{DirectoryChange, DirectoryRows};
use projections::ports::{Checkpoint, Commit, CommitError, Parked, Partition, ReadModel, Unavailable};
use sqlx::Executor as _;
use sqlx::mysql::MySqlConnection;
use tokio::sync::Mutex;

use super::server::Server;
use super::{away, checkpoints, parked};
use held::Held;

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

/// Whether the checkpoint was where the commit expects it.
async fn write(on: &mut MySqlConnection, commit: Commit<DirectoryChange>) -> Result<bool, sqlx::Error> {
    if !checkpoints::begin(on, commit.partition, commit.from, commit.to).await? {
        on.execute("ROLLBACK").await?;
        return Ok(false);
    }
    if !commit.changes.is_empty() {
        let rows = DirectoryRows::gather(commit.changes);
        users::write(on, &rows.users).await?;
        friendships::write(on, &rows).await?;
        rooms::write(on, &rows).await?;
    }
    parked::park(on, &commit.parked).await?;
    parked::release(on, &commit.released).await?;
    on.execute("COMMIT").await?;
    Ok(true)
}

#[async_trait]
impl ReadModel<DirectoryChange> for Writer {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        let mut connection = self.connect().await.map_err(away)?;
        let all = checkpoints::all(&mut connection).await.map_err(away)?;
        Ok(checkpoints::of(&all, partition))
    }

    async fn commit(&self, commit: Commit<DirectoryChange>) -> Result<(), CommitError> {
        let (partition, slot) = (commit.partition, self.slot(commit.partition));
        let mut slot = slot.lock().await;
        // Out of its slot: if this is broken off or fails, the connection is closed, which rolls back.
        let mut held = match slot.take() {
            Some(held) => held,
            None => Held::take(self.connect().await.map_err(|error| refused(&error))?, partition)
                .await
                .map_err(|error| refused(&error))?,
        };
        let from = commit.from.position;
        match write(&mut held.connection, commit).await {
            Ok(moved) => {
                *slot = Some(held);
                if moved { Ok(()) } else { Err(CommitError::Moved(from)) }
            }
            Err(error) if held::is_waited_in_vain(&error) => {
                held.push_out(partition).await.map_err(|error| refused(&error))?;
                Err(CommitError::Moved(from))
            }
            Err(error) if held::is_a_deadlock(&error) => Err(CommitError::Moved(from)),
            Err(error) => Err(refused(&error)),
        }
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        let mut connection = self.connect().await.map_err(away)?;
        parked::read(&mut connection).await.map_err(away)
    }
}

/// A value that breaks the schema is the event's fault; everything else is the server's.
fn refused(error: &sqlx::Error) -> CommitError {
    // Null where none may be, out of range, duplicate, wrong text, too long, a packet too large.
    const OF_A_VALUE: [u16; 6] = [1048, 1264, 1062, 1366, 1406, 1153];
    match held::number(error) {
        Some(number) if OF_A_VALUE.contains(&number) => CommitError::Rejected(error.to_string()),
        _ => CommitError::Unavailable(error.to_string()),
    }
}
