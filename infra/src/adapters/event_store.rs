//! The event store on SQLite: one file, one writer, one fsync a batch.

mod append;
mod batch;
mod checkpoints;
pub(in crate::adapters) mod connect;
mod deleted;
mod failure;
mod history;
mod in_hand;
mod insert;
mod ledger;
mod log;
mod lookups;
mod older_rooms;
mod pages;
mod people;
mod plain;
mod processes;
mod remembered;
mod rows;
mod seals;
mod snapshots;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use command_side::ports::Unavailable;
use domain::Position;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnectOptions, SqlitePool, SqliteRow};
use tokio::sync::{Mutex, watch};

pub use checkpoints::copy_commits;
pub use log::SqliteLog;
pub use processes::SqliteTurns;
pub use seals::seal_log;
pub use snapshots::write_snapshots;

use super::unwritten::Unwritten;
use failure::away;
use in_hand::InHand;
use writer::Writer;

/// Connections that read at the same time, besides those that load aggregates.
const READERS: u32 = 3;

/// Why a store can not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// A statement and what is bound to it.
pub(in crate::adapters) type Statement<'q> = Query<'q, Sqlite, SqliteArguments<'q>>;

/// The event store, with credentials, sessions, claims and idempotency keys beside the events.
pub struct SqliteEventStore {
    /// Nobody writes beside the process that serves.
    writer: Option<Mutex<Writer>>,
    readers: SqlitePool,
    /// For the connection that copies commits into the file.
    copying: SqliteConnectOptions,
    repository: sqlite_es::SqliteEventRepository,
    /// The newest position that is known here; changes wake whoever reads the log.
    head: watch::Sender<Position>,
    in_hand: InHand,
    unwritten: Unwritten,
    /// Whether the write-ahead log may hold what is to be known to nobody any more.
    has_erased: AtomicBool,
}

impl SqliteEventStore {
    /// Opens the file at `path` for the process that serves it, making it (mode 0600) if need be.
    ///
    /// # Errors
    /// It can not be read or written, or is no event store.
    pub async fn open(path: &Path) -> Result<Arc<Self>, OpenError> {
        let mut writer = Writer::open(connect::writing(path)?).await?;
        sqlx::migrate!("migrations/events").run(writer.connection().await?).await?;
        Self::with(path, Some(Mutex::new(writer))).await
    }

    /// Opens the file at `path` to read it beside the process that serves it: nothing is made, migrated or written.
    ///
    /// # Errors
    /// It is not there, or can not be read.
    pub async fn open_beside(path: &Path) -> Result<Arc<Self>, OpenError> {
        Self::with(path, None).await
    }

    async fn with(path: &Path, writer: Option<Mutex<Writer>>) -> Result<Arc<Self>, OpenError> {
        let readers = connect::readers(path, READERS);
        let head = sqlx::query_scalar::<_, Option<i64>>("SELECT max(position) FROM events").fetch_one(&readers).await?;
        let head = watch::Sender::new(head.unwrap_or(0).cast_unsigned());
        let repository = sqlite_es::SqliteEventRepository::new(connect::loaders(path));
        let copying = connect::copying(path);
        let (in_hand, unwritten) = (InHand::default(), Unwritten::holding(snapshots::MOST));
        let has_erased = AtomicBool::default();
        Ok(Arc::new(Self { writer, readers, copying, repository, head, in_hand, unwritten, has_erased }))
    }

    /// Whether the file can be read.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), Unavailable> {
        self.one(sqlx::query("SELECT 1 FROM events ORDER BY position DESC LIMIT 1")).await.map(|_| ())
    }

    /// Writes what is in the write-ahead log into the file and closes both; nothing can be read or written after.
    pub async fn close(&self) {
        if let Err(why) = self.write_snapshots().await {
            tracing::warn!(%why, "snapshots were not written");
        }
        if self.writer.is_some()
            && let Err(why) = self.seal_news(&mut None).await
        {
            tracing::warn!(%why, "the log was not sealed");
        }
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.lock().await.close().await;
        }
    }

    /// The rows that `statement` reads.
    pub(in crate::adapters) async fn all(&self, statement: Statement<'_>) -> Result<Vec<SqliteRow>, Unavailable> {
        statement.fetch_all(&self.readers).await.map_err(|error| away(&error))
    }

    /// The row that `statement` reads, if there is one.
    pub(in crate::adapters) async fn one(&self, statement: Statement<'_>) -> Result<Option<SqliteRow>, Unavailable> {
        statement.fetch_optional(&self.readers).await.map_err(|error| away(&error))
    }

    /// Carries out a statement that changes something, durably; the rows that it returns.
    pub(in crate::adapters) async fn change(&self, statement: Statement<'_>) -> Result<Vec<SqliteRow>, Unavailable> {
        self.writer()?.lock().await.change(statement).await.map_err(|error| away(&error))
    }

    /// Something was overwritten that nobody is to know any more: older versions of pages go as well.
    pub(in crate::adapters) fn note_erasure(&self) {
        self.has_erased.store(true, Ordering::SeqCst);
    }

    fn writer(&self) -> Result<&Mutex<Writer>, Unavailable> {
        self.writer.as_ref().ok_or_else(|| Unavailable("the event store is open for reading only".to_owned()))
    }
}
