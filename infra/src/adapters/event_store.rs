//! The event store on SQLite: one file, one writer, one fsync a batch.

mod history;
mod ledger;
mod log;
mod lookups;
mod metadata;
mod pages;
mod rows;
mod seals;
mod snapshots;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{Append, AppendError, Appended, Conflict, Item, Unavailable};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::{Mutex, MutexGuard, watch};

pub use log::SqliteLog;
pub use seals::{check_seals, seal_log};

/// Connections that read at the same time.
const READERS: u32 = 3;
/// KiB of pages that each connection keeps.
const CACHE: &str = "-2048";

/// Why a store can not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// The event store, with credentials, sessions, claims and idempotency keys beside the events.
pub struct SqliteEventStore {
    writer: Mutex<SqliteConnection>,
    readers: SqlitePool,
    repository: sqlite_es::SqliteEventRepository,
    /// The newest position that was appended by this process.
    appended: watch::Sender<u64>,
}

impl SqliteEventStore {
    /// Opens the file at `path`, making it if need be.
    ///
    /// # Errors
    /// It can not be read or written, or is no event store.
    pub async fn open(path: &Path) -> Result<Arc<Self>, OpenError> {
        let options = options(path).create_if_missing(true);
        let mut writer = options.clone().synchronous(SqliteSynchronous::Full).connect().await?;
        sqlx::migrate!("migrations/events").run(&mut writer).await?;
        Self::with(writer, options).await
    }

    /// Opens the file at `path` as another process beside the one that serves it: nothing is made or migrated.
    ///
    /// # Errors
    /// It is not there, or can not be read.
    pub async fn open_beside(path: &Path) -> Result<Arc<Self>, OpenError> {
        let options = options(path);
        let writer = options.clone().synchronous(SqliteSynchronous::Full).connect().await?;
        Self::with(writer, options).await
    }

    async fn with(writer: SqliteConnection, options: SqliteConnectOptions) -> Result<Arc<Self>, OpenError> {
        let readers = SqlitePoolOptions::new().max_connections(READERS).min_connections(0);
        let readers = readers.idle_timeout(Duration::from_secs(30)).connect_with(options.read_only(true)).await?;
        let repository = sqlite_es::SqliteEventRepository::new(readers.clone());
        let last = sqlx::query_scalar::<_, Option<i64>>("SELECT MAX(position) FROM events").fetch_one(&readers).await?;
        let appended = watch::Sender::new(last.unwrap_or(0).cast_unsigned());
        Ok(Arc::new(Self { writer: Mutex::new(writer), readers, repository, appended }))
    }

    /// The newest position appended here; changes wake whoever reads the log.
    pub(super) fn appended(&self) -> watch::Receiver<u64> {
        self.appended.subscribe()
    }

    /// The connections that read.
    pub(super) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// The one connection that writes.
    pub(super) async fn writer(&self) -> MutexGuard<'_, SqliteConnection> {
        self.writer.lock().await
    }

    /// Whether the file can be read.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), Unavailable> {
        sqlx::query("SELECT 1 FROM events LIMIT 1").fetch_optional(&self.readers).await.map_err(away)?;
        Ok(())
    }

    /// Writes what is in the write-ahead log into the file and closes both.
    pub async fn close(&self) {
        self.readers.close().await;
        let mut writer = self.writer.lock().await;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *writer).await.ok();
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("cache_size", CACHE)
        .disable_statement_logging()
}

pub(super) fn away(error: sqlx::Error) -> Unavailable {
    Unavailable(error.to_string())
}

#[async_trait]
impl Append for SqliteEventStore {
    async fn append(&self, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        let mut writer = self.writer.lock().await;
        let answers = write::write(&mut writer, batch).await?;
        let ends = batch.iter().zip(&answers).filter_map(|(item, answer)| {
            let appended = answer.as_ref().ok()?;
            (!item.events.is_empty()).then(|| appended.position + item.events.len() as u64 - 1)
        });
        if let Some(last) = ends.max() {
            self.appended.send_replace(last);
        }
        Ok(answers)
    }

    fn is_alone(&self) -> bool {
        true
    }
}
