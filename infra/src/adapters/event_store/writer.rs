//! The one connection that writes.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions as _, Connection as _, Error};

use super::Statement;
use super::batch::Judged;
use super::failure::is_of_a_value;
use super::plain::{Plain, is_of_a_value as is_of_a_value_too};
use super::remembered::Remembered;
use crate::adapters::bulk::{Binding, Bulk};

/// A connection that is opened anew whenever nobody can say in what state it is.
pub(super) struct Writer {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    /// For plain batches; opened with the first.
    plain: Option<Plain>,
    /// What the last batches left; nothing after a failure.
    pub(super) remembered: Option<Remembered>,
}

impl Writer {
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, Error> {
        let connection = Some(options.connect().await?);
        Ok(Self { options, connection, plain: None, remembered: None })
    }

    /// Takes the connection out. Whoever is interrupted before [`Writer::put_back`] drops it, and so rolls back.
    pub(super) async fn take(&mut self) -> Result<SqliteConnection, Error> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.options.connect().await,
        }
    }

    /// Puts the connection back, outside any transaction.
    pub(super) fn put_back(&mut self, connection: SqliteConnection) {
        self.connection = Some(connection);
    }

    /// The connection, where it is.
    pub(super) async fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        let connection = self.take().await?;
        Ok(self.connection.insert(connection))
    }

    /// Appends a plain batch. After a failure that is not of a value the connection is closed, so that whatever was left open
    /// is rolled back.
    pub(super) fn write_plain(&mut self, judged: &Judged<'_>) -> Result<(), rusqlite::Error> {
        let mut plain = match self.plain.take() {
            Some(plain) => plain,
            None => Plain::open(self.options.get_filename())?,
        };
        let written = plain.append(judged);
        if written.as_ref().err().is_none_or(is_of_a_value_too) {
            self.plain = Some(plain);
        }
        written
    }

    /// Carries out one statement by itself. Whoever is interrupted leaves the connection in its place: SQLite's thread ends the
    /// statement, and whatever comes next waits for that.
    pub(super) async fn change(&mut self, statement: Statement<'_>) -> Result<Vec<SqliteRow>, Error> {
        let rows = statement.fetch_all(self.connection().await?).await;
        self.settle(rows)
    }

    /// Inserts rows; all of them or none, if they are no more than [`Bulk::LARGEST`].
    pub(super) async fn insert<'q, R>(
        &mut self,
        bulk: &'q Bulk,
        rows: &'q [R],
        bind: impl Fn(Binding<'q>, &'q R) -> Binding<'q>,
    ) -> Result<(), Error> {
        let inserted = bulk.insert(self.connection().await?, rows, bind).await;
        self.settle(inserted)
    }

    /// Closes the connection after a failure that is not of a value.
    fn settle<T>(&mut self, done: Result<T, Error>) -> Result<T, Error> {
        if done.as_ref().is_err_and(|error| !is_of_a_value(error)) {
            self.connection = None;
        }
        done
    }

    /// Writes what is in the write-ahead log into the file and closes both.
    pub(super) async fn close(&mut self) {
        self.plain = None;
        let Some(mut connection) = self.connection.take() else { return };
        let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await;
        // What is not written into the file now is found in the write-ahead log at the next start.
        if let Err(error) = checkpoint.map(|_| ()).and(connection.close().await) {
            tracing::warn!(%error, "the event store was not closed cleanly");
        }
    }
}
