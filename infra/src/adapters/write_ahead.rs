//! SQLite's write-ahead log: older versions of pages stand in it, with what was erased since, until it is emptied.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Error, Executor as _};

/// How often it is tried again to empty a log that somebody reads.
const AGAIN: Duration = Duration::from_secs(1);
/// Waiting for readers it would hold up whoever writes.
const WAIT_FOR_NOBODY: &str = "PRAGMA busy_timeout = 0";
/// What every connection has that we open.
const AS_PATIENT_AS_BEFORE: &str = "PRAGMA busy_timeout = 5000";

/// Copies everything into the file and cuts the log to nothing, unless somebody reads older pages or writes; whether that is done.
///
/// # Errors
/// The file can not be written.
pub(in crate::adapters) async fn empty(on: &mut SqliteConnection) -> Result<bool, Error> {
    on.execute(WAIT_FOR_NOBODY).await?;
    let emptied = empty_patiently(on).await;
    on.execute(AS_PATIENT_AS_BEFORE).await?;
    emptied
}

/// The same, and waits for who reads, as long as the connection waits for a lock. Nobody else writes meanwhile.
///
/// # Errors
/// The file can not be written.
pub(in crate::adapters) async fn empty_patiently(on: &mut SqliteConnection) -> Result<bool, Error> {
    let is_busy = sqlx::query_scalar::<_, i64>("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(on).await;
    is_busy.map(|is_busy| is_busy == 0)
}

/// Empties the log of one file, if not at once, then as soon as nobody reads what was erased.
pub(in crate::adapters) struct Emptying {
    path: PathBuf,
    is_awaited: Arc<AtomicBool>,
}

impl Emptying {
    pub(in crate::adapters) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), is_awaited: Arc::default() }
    }

    /// Empties the log that `on` writes, now or later.
    pub(in crate::adapters) async fn begin(&self, on: &mut SqliteConnection) {
        match empty(on).await {
            Ok(true) => {}
            Ok(false) => self.go_on(),
            Err(error) => {
                tracing::warn!(%error, file = %self.path.display(), "what was erased stays in a write-ahead log for now");
                self.go_on();
            }
        }
    }

    fn go_on(&self) {
        if self.is_awaited.swap(true, Ordering::SeqCst) {
            return;
        }
        tracing::info!(file = %self.path.display(), "what was erased stays in a write-ahead log while somebody reads it");
        let (path, is_awaited) = (self.path.clone(), self.is_awaited.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(AGAIN).await;
                // Before the attempt: what is erased during it is left to a next one.
                is_awaited.store(false, Ordering::SeqCst);
                if is_emptied(&path).await || is_awaited.swap(true, Ordering::SeqCst) {
                    return;
                }
            }
        });
    }
}

/// Whether the log is empty now, or its file is gone.
async fn is_emptied(path: &Path) -> bool {
    if !path.exists() {
        return true;
    }
    let Ok(mut connection) = SqliteConnectOptions::new().filename(path).disable_statement_logging().connect().await
    else {
        return false;
    };
    empty(&mut connection).await.unwrap_or(false)
}
