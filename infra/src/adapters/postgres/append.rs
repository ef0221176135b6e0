//! Appending a batch: one call of one function, one fsync. No client holds the lock while it thinks.

mod columns;

use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{Append, AppendError, Appended, ClaimKind, Conflict, Item};
use domain::{StreamId, Timestamp, UserId};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{ConnectOptions as _, Connection as _, Error, Row as _};
use tokio::time::timeout;

use super::failure::of_append;
use super::{PATIENCE, PostgresEventStore, rows};
use columns::Columns;

const CONNECT: Duration = Duration::from_secs(2);

/// The connection that appends.
pub(super) struct Writer {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Writer {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { options, connection: None }
    }

    /// Out of here: if whoever took it gives up in the middle, it is gone, and the next has a new one.
    async fn take(&mut self) -> Result<PgConnection, AppendError> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        match timeout(CONNECT, self.options.connect()).await {
            Ok(connected) => connected.map_err(|error| AppendError::Unavailable(error.to_string())),
            Err(_) => Err(AppendError::Unavailable("the event store does not answer".to_owned())),
        }
    }
}

#[async_trait]
impl Append for PostgresEventStore {
    async fn append(&self, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        let columns = Columns::of(batch);
        let mut writer = self.writer.lock().await;
        let mut connection = writer.take().await?;
        let answered = timeout(PATIENCE, columns.bind().fetch_all(&mut connection)).await;
        let rows = match answered {
            Ok(Ok(rows)) => rows,
            Ok(Err(error)) => {
                if matches!(error, Error::Database(_)) {
                    writer.connection = Some(connection);
                } else {
                    connection.close_hard().await.ok();
                }
                return Err(of_append(&error));
            }
            Err(_) => return Err(AppendError::Unknown("the event store does not answer".to_owned())),
        };
        writer.connection = Some(connection);
        drop(writer);
        let answers: Result<Vec<_>, Error> = rows.iter().map(answer).collect();
        // It is written, but can not be understood: whoever waits asks the store.
        let answers = answers.map_err(|error| AppendError::Unknown(error.to_string()))?;
        if answers.len() != batch.len() {
            return Err(AppendError::Unknown("the event store gave another number of answers".to_owned()));
        }
        let last = batch.iter().zip(&answers).filter_map(|(item, answer)| {
            let appended = answer.as_ref().ok()?;
            Some(appended.position + (item.events.len() as u64).saturating_sub(1))
        });
        if let Some(last) = last.max() {
            self.raise(last);
        }
        Ok(answers)
    }

    fn is_alone(&self) -> bool {
        false
    }
}

fn answer(row: &PgRow) -> Result<Result<Appended, Conflict>, Error> {
    let Some(conflict) = row.try_get::<Option<&str>, _>(2)? else {
        return Ok(Ok(Appended { position: rows::number(row, 0)?, recorded_at: Timestamp(row.try_get(1)?) }));
    };
    Ok(Err(match conflict {
        "version" => Conflict::Version,
        "guard" => {
            Conflict::Guard(StreamId { kind: rows::parsed(row.try_get(3)?)?, id: rows::parsed(row.try_get(4)?)? })
        }
        "key" => Conflict::Key(UserId(rows::parsed(row.try_get(3)?)?), rows::digest(row, 5)?),
        "claim" => {
            let kind = [ClaimKind::Email, ClaimKind::Username].into_iter();
            let name: &str = row.try_get(3)?;
            let kind = kind.into_iter().find(|kind| kind.as_str() == name);
            Conflict::Claim(kind.ok_or_else(|| rows::damaged("a claim of no known kind"))?, rows::digest(row, 5)?)
        }
        _ => return Err(rows::damaged("a conflict of no known kind")),
    }))
}
