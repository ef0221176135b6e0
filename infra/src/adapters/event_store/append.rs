//! Appending a batch: one transaction, one fsync.

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use command_side::ports::{Append, AppendError, Appended, Conflict, History as _, Item};
use domain::EventId;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Error, Executor as _};

use super::SqliteEventStore;
use super::batch::Judged;
use super::failure::{before_commit, is_of_a_value};
use super::insert::insert;
use super::ledger::Ledger;

/// Where a transaction failed.
enum Failure {
    BeforeCommit(Error),
    AtCommit { error: Error, first: EventId },
}

#[async_trait]
impl Append for SqliteEventStore {
    async fn append(&self, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        let writer = self.writer().map_err(|away| AppendError::Unavailable(away.0))?;
        let mut writer = writer.lock().await;
        // Out of the writer: if this future is dropped, the connection is dropped with it, and SQLite rolls back.
        let mut connection = writer.take().await.map_err(|error| before_commit(&error))?;
        match transaction(&mut connection, batch).await {
            Ok(judged) => {
                writer.put_back(connection);
                self.announce(&judged);
                Ok(judged.answers)
            }
            Err(Failure::BeforeCommit(error)) => {
                if is_of_a_value(&error) && connection.execute("ROLLBACK").await.is_ok() {
                    writer.put_back(connection);
                }
                Err(before_commit(&error))
            }
            Err(Failure::AtCommit { error, first }) => {
                // Closed, so that whatever was left open is rolled back; then the file itself tells.
                connection.close().await.ok();
                Err(self.after_commit(&error, first).await)
            }
        }
    }

    fn is_alone(&self) -> bool {
        true
    }
}

impl SqliteEventStore {
    fn announce(&self, judged: &Judged<'_>) {
        if let Some(last) = judged.last() {
            // In this order: whoever is woken finds the events.
            self.in_hand.keep(judged.events.iter().map(super::batch::Placed::envelope));
            self.head.send_replace(last);
        }
    }

    async fn after_commit(&self, error: &Error, first: EventId) -> AppendError {
        match self.find(first).await {
            Ok(None) => AppendError::Unavailable(error.to_string()),
            Ok(Some(_)) => AppendError::Unknown(format!("the commit was carried out, but reported: {error}")),
            Err(away) => AppendError::Unknown(format!("{error}; then {away}")),
        }
    }
}

async fn transaction<'a>(on: &mut SqliteConnection, batch: &'a [Item]) -> Result<Judged<'a>, Failure> {
    let ledger = Ledger::begin(on, batch).await.map_err(Failure::BeforeCommit)?;
    let judged = Judged::by(ledger, batch, now());
    let Some(first) = judged.events.first() else {
        on.execute("ROLLBACK").await.map_err(Failure::BeforeCommit)?;
        return Ok(judged);
    };
    let first = first.event.event_id;
    // An error that is not of a value may come from the commit itself.
    let failed =
        |error| if is_of_a_value(&error) { Failure::BeforeCommit(error) } else { Failure::AtCommit { error, first } };
    let is_committed = insert(on, &judged).await.map_err(failed)?;
    if !is_committed {
        on.execute("COMMIT").await.map_err(|error| Failure::AtCommit { error, first })?;
    }
    Ok(judged)
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
