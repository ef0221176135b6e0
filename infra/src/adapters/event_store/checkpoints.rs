//! Copying what was committed from the write-ahead log into the file, beside the writer: done by the writer itself it would hold
//! up the commit that happens to come last.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions as _, Executor as _};
use tokio::time::{MissedTickBehavior, interval};

use super::SqliteEventStore;

const PERIOD: Duration = Duration::from_millis(250);

/// Copies, for as long as it is polled. It never waits for the writer nor for readers; what it can not copy yet comes next.
pub async fn copy_commits(store: Arc<SqliteEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut connection, mut copied) = (None, 0);
    loop {
        ticks.tick().await;
        let head = *store.head.borrow();
        if head == copied {
            continue;
        }
        if connection.is_none() {
            connection = store.copying.connect().await.ok();
        }
        let Some(open) = connection.as_mut() else { continue };
        match open.execute("PRAGMA wal_checkpoint(PASSIVE)").await {
            Ok(_) => copied = head,
            Err(error) => {
                tracing::warn!(%error, "commits were not copied into the event store's file");
                connection = None;
            }
        }
    }
}
