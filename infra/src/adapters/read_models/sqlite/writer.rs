//! Writing one generation: one transaction a commit, the checkpoint in it.

use std::marker::PhantomData;
use std::path::PathBuf;

use async_trait::async_trait;
use domain::Position;
use projections::ports::{Checkpoint, Commit, CommitError, Parked, Partition, ReadModel, Unavailable};
use sqlx::Executor as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{Mutex, MutexGuard, watch};

use super::checkpoints::{self, Moving};
use super::file::{self, Purpose};
use super::{Model, away, parked, scratch};
use crate::adapters::write_ahead::Emptying;

/// What a read model asks to be kept, and how that becomes rows on SQLite.
pub trait Kept: Send + Sync + Sized + 'static {
    /// Whose change it is.
    const MODEL: Model;

    /// Whether it takes something away that nobody is to read any more, not in the file either.
    fn is_erasure(&self) -> bool;

    /// Writes what `changes` come to, inside a transaction.
    fn keep(on: &mut SqliteConnection, changes: Vec<Self>) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

/// The one writer of a generation in this process.
pub(super) struct Writer<C: Kept> {
    path: PathBuf,
    purpose: Purpose,
    connection: Mutex<Option<SqliteConnection>>,
    emptying: Emptying,
    /// Told where the generation stands after each commit.
    applied: watch::Sender<Position>,
    kept: PhantomData<fn(C)>,
}

/// The connection, taken out for a piece of work: if that fails or breaks off, it is closed, which rolls back.
pub(super) struct Held<'a> {
    slot: MutexGuard<'a, Option<SqliteConnection>>,
    pub(super) connection: SqliteConnection,
}

impl Held<'_> {
    /// Puts the connection back for the next piece of work.
    pub(super) fn keep(mut self) {
        *self.slot = Some(self.connection);
    }
}

impl<C: Kept> Writer<C> {
    /// Writes to the file at `path`, which is there.
    pub(super) fn new(path: PathBuf, purpose: Purpose, applied: watch::Sender<Position>) -> Self {
        let (connection, emptying) = (Mutex::new(None), Emptying::of(&path));
        Self { path, purpose, connection, emptying, applied, kept: PhantomData }
    }

    /// Writes to the file at `path`, made if need be, for nobody who waits.
    pub(super) async fn open(path: PathBuf, purpose: Purpose) -> Result<Self, sqlx::Error> {
        let connection = Mutex::new(Some(file::open(&path, C::MODEL, purpose).await?));
        let emptying = Emptying::of(&path);
        Ok(Self { path, purpose, connection, emptying, applied: watch::Sender::new(0), kept: PhantomData })
    }

    pub(super) async fn hold(&self) -> Result<Held<'_>, sqlx::Error> {
        let mut slot = self.connection.lock().await;
        let connection = match slot.take() {
            Some(connection) => connection,
            None => file::reopen(&self.path, self.purpose).await?,
        };
        Ok(Held { slot, connection })
    }

    /// Takes away what a verification that was killed left of the same events.
    async fn discard_copies(&self) {
        if let Some(dir) = self.path.parent().filter(|_| self.purpose == Purpose::Live) {
            scratch::discard_left(dir, C::MODEL).await;
        }
    }

    /// Whether nobody may write here for the moment.
    pub(super) async fn is_fenced(&self) -> Result<bool, sqlx::Error> {
        let mut held = self.hold().await?;
        let fenced = checkpoints::is_fenced(&mut held.connection).await?;
        held.keep();
        Ok(fenced)
    }

    /// Whether the checkpoint was where the commit expects it; else where it is.
    async fn write(on: &mut SqliteConnection, commit: Commit<C>) -> Result<Moving, sqlx::Error> {
        let moving = checkpoints::begin(on, commit.partition, commit.from, commit.to).await?;
        if matches!(moving, Moving::Moved) {
            if !commit.changes.is_empty() {
                C::keep(on, commit.changes).await?;
            }
            parked::park(on, &commit.parked).await?;
            parked::release(on, &commit.released).await?;
            on.execute("COMMIT").await?;
        }
        Ok(moving)
    }
}

#[async_trait]
impl<C: Kept> ReadModel<C> for Writer<C> {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        let mut held = self.hold().await.map_err(away)?;
        let checkpoint = checkpoints::read(&mut held.connection, partition).await.map_err(away)?;
        held.keep();
        self.applied.send_replace(checkpoint.position);
        Ok(checkpoint)
    }

    async fn commit(&self, commit: Commit<C>) -> Result<(), CommitError> {
        let (to, erases) = (commit.to.position, commit.changes.iter().any(C::is_erasure));
        let mut held = self.hold().await.map_err(|error| refused(&error))?;
        match Self::write(&mut held.connection, commit).await {
            Ok(Moving::Moved) => {
                if erases {
                    self.emptying.begin(&mut held.connection).await;
                    self.discard_copies().await;
                }
                held.keep();
                self.applied.send_replace(to);
                Ok(())
            }
            Ok(Moving::Elsewhere(position)) => {
                held.connection.execute("ROLLBACK").await.map_err(|error| refused(&error))?;
                held.keep();
                Err(CommitError::Moved(position))
            }
            Err(error) => {
                // When the rollback fails, closing does it.
                if held.connection.execute("ROLLBACK").await.is_ok() {
                    held.keep();
                }
                Err(refused(&error))
            }
        }
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        let mut held = self.hold().await.map_err(away)?;
        let parked = parked::read(&mut held.connection).await.map_err(away)?;
        held.keep();
        Ok(parked)
    }
}

/// A row that breaks the schema is the event's fault; everything else is the file's.
fn refused(error: &sqlx::Error) -> CommitError {
    const CONSTRAINT: u32 = 19;
    const TOO_BIG: u32 = 18;
    const MISMATCH: u32 = 20;
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    // The extended codes keep the primary one in their last byte.
    match code.map(|code| code & 0xff) {
        Some(CONSTRAINT | TOO_BIG | MISMATCH) => CommitError::Rejected(error.to_string()),
        _ => CommitError::Unavailable(error.to_string()),
    }
}
