//! How the files are opened.

use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::adapters::vault::private;

/// How long a lock of another connection is waited for. Writers are one at a time anyway: this is for other processes.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection that nobody needs is closed after this, and its memory given back.
const IDLE: Duration = Duration::from_secs(60);
/// Rows that SQLite's thread may be ahead of whoever takes them.
const ROWS_AHEAD: usize = 256;

/// How long the write-ahead log becomes before the writer itself copies what was not copied beside it; 64 MiB. It begins anew only
/// then, because under load there is always something that was not: with a quarter of it a send's p99 was 9.6 ms and not 7.7.
pub(super) const PAGES_AHEAD: &str = "32768";

/// To write the file at `path`, making it if need be; only its owner can read it. A commit returns after its fsync.
pub(in crate::adapters) fn writing(path: &Path) -> io::Result<SqliteConnectOptions> {
    private::file(path)?;
    Ok(options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Each commit writes one page of the index over streams for every stream in it: half a page, half the work.
        .page_size(2048)
        .pragma("wal_autocheckpoint", PAGES_AHEAD)
        // What is known of a deleted account's password and clients is overwritten, not left in free pages.
        .pragma("secure_delete", "ON")
        .pragma("cache_size", "-4096")
        // After a burst the write-ahead log shrinks to this many bytes.
        .pragma("journal_size_limit", "71303168"))
}

/// To copy the commits of the file at `path` from its write-ahead log, which is all that it does.
pub(super) fn copying(path: &Path) -> SqliteConnectOptions {
    options(path).synchronous(SqliteSynchronous::Full).pragma("cache_size", "-64")
}

/// To read the file at `path`, as it is committed at each statement.
fn reading(path: &Path) -> SqliteConnectOptions {
    options(path).read_only(true).pragma("cache_size", "-1024").row_buffer_size(ROWS_AHEAD)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE).disable_statement_logging()
}

/// Up to `most` connections that read at the same time.
pub(in crate::adapters) fn readers(path: &Path, most: u32) -> SqlitePool {
    pool(most, reading(path))
}

/// Connections for sqlite-es. It writes versions into its statements' text: among ours they would push the others out of the
/// cache of prepared statements.
pub(super) fn loaders(path: &Path) -> SqlitePool {
    pool(2, reading(path).statement_cache_capacity(4))
}

/// A connection that is handed out is not asked first whether it lives: that would cost as much as most statements.
fn pool(most: u32, options: SqliteConnectOptions) -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(most).min_connections(0).test_before_acquire(false);
    pool.idle_timeout(IDLE).max_lifetime(None).connect_lazy_with(options)
}
