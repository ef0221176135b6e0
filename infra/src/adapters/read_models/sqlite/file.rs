//! A generation's file, and how it is opened for what.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::Model;

/// How long a statement waits for another process to let go of the file.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections that read one generation at the same time.
const READERS: u32 = 4;
/// Bytes of the file that those read where the kernel has them, all of the same pages: who searches a thousand rooms asks for thousands,
/// and each connection would need a cache of its own to find them again. They count as resident, and the kernel takes them back. A disk
/// that fails to give one ends the process (SIGBUS) where a read would have failed: what is in these files is folded again.
const MAPPED: &str = "1073741824";

/// What a file is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be read while it is written; what was lost in a crash of the machine is folded again.
    Live,
    /// To become a live one; durable only when it is settled.
    Building,
    /// To be thrown away.
    Scratch,
}

/// The file of a generation.
pub(super) fn path(dir: &Path, model: Model, number: u64) -> PathBuf {
    dir.join(format!("{model}.{number}.db"))
}

/// The connection that writes; makes the file if need be and brings its tables up to date.
pub(super) async fn open(path: &Path, model: Model, purpose: Purpose) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = writing(path, purpose).create_if_missing(true).connect().await?;
    model.migrate(&mut connection).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
    Ok(connection)
}

/// The connection that writes to a file that is there.
pub(super) async fn reopen(path: &Path, purpose: Purpose) -> Result<SqliteConnection, sqlx::Error> {
    writing(path, purpose).connect().await
}

fn writing(path: &Path, purpose: Purpose) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(PATIENCE)
        .foreign_keys(false)
        .disable_statement_logging()
        .statement_cache_capacity(200)
        .pragma("temp_store", "memory");
    match purpose {
        // The WAL file is cut back when much was written at once.
        // What is erased is overwritten, not left in free pages.
        Purpose::Live => options
            .pragma("secure_delete", "ON")
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .pragma("journal_size_limit", "16777216")
            .pragma("wal_autocheckpoint", "4000")
            .pragma("cache_size", "-4096"),
        Purpose::Building => options
            .pragma("secure_delete", "ON")
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .pragma("wal_autocheckpoint", "16384")
            .pragma("cache_size", "-131072"),
        // What is refused must be rolled back here too.
        Purpose::Scratch => options
            .journal_mode(SqliteJournalMode::Memory)
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", "-131072"),
    }
}

/// The connections that read; they are made when they are needed.
pub(super) fn reader(path: &Path) -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(READERS).min_connections(0).test_before_acquire(false);
    pool.idle_timeout(Duration::from_secs(60)).connect_lazy_with(reading(path).pragma("mmap_size", MAPPED))
}

/// A connection of its own for a long read.
pub(super) async fn read_alone(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    reading(path).connect().await
}

fn reading(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-1024")
}

/// Makes durable what stands in the file, whichever way it was written.
pub(super) async fn sync(path: &Path) -> std::io::Result<()> {
    tokio::fs::File::open(path).await?.sync_all().await?;
    let Some(folder) = path.parent() else { return Ok(()) };
    tokio::fs::File::open(folder).await?.sync_all().await
}

/// Removes the file and what SQLite keeps beside it; whoever reads it still can.
pub(super) async fn remove(path: &Path) {
    for beside in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        // What is not there need not be removed; what can not be is tried again.
        let _ = tokio::fs::remove_file(PathBuf::from(name)).await;
    }
}
