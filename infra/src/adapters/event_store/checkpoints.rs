//! Copying what was committed from the write-ahead log into the file, beside the writer: done by the writer itself it would hold
//! up the commit that happens to come last.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions as _, Error, Executor as _};
use tokio::time::{MissedTickBehavior, interval};

use super::SqliteEventStore;
use crate::adapters::write_ahead;

const PERIOD: Duration = Duration::from_millis(250);

/// Copies, for as long as it is polled, and empties the log when something was erased. It never waits for the writer nor for readers;
/// what it can not copy yet comes next.
pub async fn copy_commits(store: Arc<SqliteEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut connection, mut copied, mut is_told) = (None, 0, false);
    loop {
        ticks.tick().await;
        let head = *store.head.borrow();
        if head == copied && !store.has_erased.load(Ordering::SeqCst) {
            continue;
        }
        if connection.is_none() {
            connection = store.copying.connect().await.ok();
        }
        let Some(open) = connection.as_mut() else { continue };
        let erases = store.has_erased.swap(false, Ordering::SeqCst);
        match copy(open, erases).await {
            Ok(true) => (copied, is_told) = (head, false),
            Ok(false) => store.has_erased.store(true, Ordering::SeqCst),
            Err(error) => {
                // A disk that is full stays so for a while.
                if !is_told {
                    tracing::warn!(%error, "commits are not copied into the event store's file");
                    is_told = true;
                }
                store.has_erased.fetch_or(erases, Ordering::SeqCst);
                connection = None;
            }
        }
    }
}

/// Whether all is done that can be: what was erased is to be gone.
async fn copy(on: &mut SqliteConnection, erases: bool) -> Result<bool, Error> {
    if erases {
        return write_ahead::empty(on).await;
    }
    on.execute("PRAGMA wal_checkpoint(PASSIVE)").await.map(|_| true)
}
