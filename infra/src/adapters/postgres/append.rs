//! Appending a batch: one call of one function, one fsync. No client holds the lock while it thinks.

mod answers;
mod batch;
mod writer;

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use command_side::ports::{Append, AppendError, AppendPast, Appended, Conflict, Item, Unavailable};
use domain::{Position, Timestamp};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{Connection as _, Error};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use super::failure::{away, is_undone, of_append};
use super::{PATIENCE, PostgresEventStore};
use batch::Batch;
use writer::Writer;

/// What appends.
pub(super) struct Appending {
    writer: Mutex<Writer>,
    /// Whether the outcome of the last call is not known, and it may not have come to its end.
    is_in_doubt: AtomicBool,
}

impl Appending {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { writer: Mutex::new(Writer::new(options)), is_in_doubt: AtomicBool::new(false) }
    }

    /// Waits until no call of ours is left that might still append something.
    pub(super) async fn settle(&self) -> Result<(), Unavailable> {
        if !self.is_in_doubt.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut writer = self.writer.lock().await;
        let connection = self.connection(&mut writer).await.map_err(|error| away(&error))?;
        writer.put_back(connection);
        Ok(())
    }

    async fn connection(&self, writer: &mut Writer) -> Result<PgConnection, Error> {
        let connection = timeout(PATIENCE, writer.take()).await.unwrap_or(Err(Error::PoolTimedOut))?;
        self.is_in_doubt.store(false, Ordering::Release);
        Ok(connection)
    }

    /// Carries out one call; the row that it gives, once all of it is committed.
    async fn call(&self, batch: &Batch<'_>, past: Option<Timestamp>) -> Result<PgRow, AppendError> {
        let mut writer = self.writer.lock().await;
        let connecting = self.connection(&mut writer).await;
        let mut connection = connecting.map_err(|error| AppendError::Unavailable(error.to_string()))?;
        if let Some(at) = past {
            // Of this connection only, and none but an import has one with which it does this.
            let set = sqlx::query("SELECT set_config('chat.recorded_at', $1, false)").bind(at.0.to_string());
            set.execute(&mut connection).await.map_err(|error| AppendError::Unavailable(error.to_string()))?;
        }
        // The row comes before the commit, and the end of the answer behind it: that is waited for.
        match timeout(PATIENCE, batch.call().fetch_one(&mut connection)).await {
            Ok(Ok(row)) => {
                writer.put_back(connection);
                Ok(row)
            }
            Ok(Err(error)) => Err(self.failed(&error, writer, connection).await),
            Err(_) => {
                self.is_in_doubt.store(true, Ordering::Release);
                Err(AppendError::Unknown("the event store does not answer".to_owned()))
            }
        }
    }

    async fn failed(&self, error: &Error, mut writer: MutexGuard<'_, Writer>, connection: PgConnection) -> AppendError {
        match error {
            Error::Encode(_) => writer.put_back(connection),
            Error::Database(said) if is_undone(&**said) => writer.put_back(connection),
            _ => {
                self.is_in_doubt.store(true, Ordering::Release);
                connection.close_hard().await.ok();
            }
        }
        of_append(error)
    }
}

#[async_trait]
impl Append for PostgresEventStore {
    async fn append(&self, items: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        self.append_at(items, None).await
    }

    fn is_alone(&self) -> bool {
        false
    }
}

#[async_trait]
impl AppendPast for PostgresEventStore {
    async fn append_past(&self, items: &[Item], at: Timestamp) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        self.append_at(items, Some(at)).await
    }
}

impl PostgresEventStore {
    async fn append_at(
        &self,
        items: &[Item],
        past: Option<Timestamp>,
    ) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        if items.is_empty() {
            return Ok(vec![]);
        }
        let batch = Batch::of(items);
        let row = self.appending.call(&batch, past).await?;
        // It is written, but can not be understood: whoever waits asks the store.
        let answers = answers::read(items, &batch, &row).map_err(|error| AppendError::Unknown(error.to_string()))?;
        if let Some(last) = last(items, &answers) {
            self.raise(last);
        }
        Ok(answers)
    }
}

/// The position of the last event that was appended.
fn last(items: &[Item], answers: &[Result<Appended, Conflict>]) -> Option<Position> {
    let written = items.iter().zip(answers).filter(|(item, _)| item.stream.is_some() && !item.events.is_empty());
    let ends = written.filter_map(|(item, answer)| Some(answer.as_ref().ok()?.position + item.events.len() as u64 - 1));
    ends.max()
}
