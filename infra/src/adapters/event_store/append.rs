//! Appending a batch: one transaction, one fsync.

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use command_side::ports::{Append, AppendError, AppendPast, Appended, Conflict, History as _, Item};
use domain::{EventId, StreamId, Timestamp, Version};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Error, Executor as _};

use super::SqliteEventStore;
use super::batch::{Judged, Placed};
use super::failure::{before_commit, is_of_a_value};
use super::insert::insert;
use super::ledger::Ledger;
use super::plain;
use super::writer::Writer;

/// The first event of a transaction, and where it was to stand.
struct First {
    stream: StreamId,
    version: Version,
    event_id: EventId,
}

impl First {
    fn of(placed: &Placed<'_>) -> Self {
        Self { stream: placed.stream, version: placed.version, event_id: placed.event.event_id }
    }
}

/// Where a transaction failed.
enum Failure {
    BeforeCommit(Error),
    AtCommit { error: Error, first: Option<First> },
}

#[async_trait]
impl Append for SqliteEventStore {
    async fn append(&self, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        self.append_at(batch, now()).await
    }

    fn is_alone(&self) -> bool {
        true
    }
}

#[async_trait]
impl AppendPast for SqliteEventStore {
    async fn append_past(&self, batch: &[Item], at: Timestamp) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        self.append_at(batch, at.0).await
    }
}

impl SqliteEventStore {
    async fn append_at(&self, batch: &[Item], now: i64) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        let writer = self.writer().map_err(|away| AppendError::Unavailable(away.0))?;
        let mut writer = writer.lock().await;
        match from_memory(&mut writer, batch, now) {
            Ok(Some(judged)) => {
                self.announce(&judged);
                Ok(judged.answers)
            }
            Ok(None) => self.asking(&mut writer, batch, now).await,
            Err((error, first)) => Err(self.after_commit(&error.to_string(), first).await),
        }
    }

    /// Appends a batch of any kind: the store is asked for all that it is checked against.
    async fn asking(
        &self,
        writer: &mut Writer,
        batch: &[Item],
        now: i64,
    ) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        // Out of the writer: if this future is dropped, the connection is dropped with it, and SQLite rolls back. So is what is
        // remembered: it comes back only with a batch that was written.
        let mut connection = writer.take().await.map_err(|error| before_commit(&error))?;
        let remembered = writer.remembered.take().unwrap_or_default();
        match transaction(&mut connection, batch, now).await {
            Ok((judged, ledger)) => {
                writer.put_back(connection);
                writer.remembered = Some(remembered.and(ledger, judged.time()));
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
                match first {
                    Some(first) => Err(self.after_commit(&error.to_string(), first).await),
                    // Nothing but keys: whether they are there is the same to whoever tries again.
                    None => Err(AppendError::Unavailable(error.to_string())),
                }
            }
        }
    }

    fn announce(&self, judged: &Judged<'_>) {
        if let Some(last) = judged.last() {
            // In this order: whoever is woken finds the events.
            self.in_hand.keep(judged.events.iter().map(Placed::envelope));
            self.head.send_replace(last);
        }
    }

    async fn after_commit(&self, error: &str, first: First) -> AppendError {
        match self.at(first.stream, first.version).await {
            Ok(found) if found.as_ref().is_none_or(|event| event.event_id != first.event_id) => {
                AppendError::Unavailable(error.to_owned())
            }
            Ok(_) => AppendError::Unknown(format!("the commit was carried out, but reported: {error}")),
            Err(away) => AppendError::Unknown(format!("{error}; then {away}")),
        }
    }
}

async fn transaction<'a>(
    on: &mut SqliteConnection,
    batch: &'a [Item],
    now: i64,
) -> Result<(Judged<'a>, Ledger), Failure> {
    let mut ledger = Ledger::begin(on, batch).await.map_err(Failure::BeforeCommit)?;
    let judged = Judged::by(&mut ledger, batch, now);
    if judged.is_empty() {
        on.execute("ROLLBACK").await.map_err(Failure::BeforeCommit)?;
        return Ok((judged, ledger));
    }
    let first = judged.events.first().map(First::of);
    insert(on, &judged).await.map_err(Failure::BeforeCommit)?;
    on.execute("COMMIT").await.map_err(|error| Failure::AtCommit { error, first })?;
    Ok((judged, ledger))
}

/// Appends a plain batch of which everything is known and nothing conflicts; gives nothing, having written nothing, when it is
/// another one. A conflict is never answered from memory.
fn from_memory<'a>(
    writer: &mut Writer,
    batch: &'a [Item],
    now: i64,
) -> Result<Option<Judged<'a>>, (rusqlite::Error, First)> {
    let Some(mut ledger) = writer.remembered.as_ref().and_then(|remembered| remembered.ledger(batch)) else {
        return Ok(None);
    };
    let judged = Judged::by(&mut ledger, batch, now);
    let Some(first) = judged.events.first().map(First::of) else { return Ok(None) };
    if !judged.is_plain() || judged.answers.iter().any(Result::is_err) {
        return Ok(None);
    }
    // Until it is written nothing is remembered.
    let remembered = writer.remembered.take().unwrap_or_default();
    match writer.write_plain(&judged) {
        Ok(()) => {
            writer.remembered = Some(remembered.and(ledger, judged.time()));
            Ok(Some(judged))
        }
        // Somebody else did append, or a value is bad: nothing was written, and the long way tells which.
        Err(error) if plain::is_of_a_value(&error) => Ok(None),
        Err(error) => Err((error, first)),
    }
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
