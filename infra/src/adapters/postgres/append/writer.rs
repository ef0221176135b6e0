//! The connection that appends, and the certainty that there is one.

use std::hash::{BuildHasher as _, RandomState};

use sqlx::Error;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::super::connect;

/// Ends whoever holds the advisory lock with this number; advisory locks show theirs in two halves.
const END_HOLDER: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ((classid::bigint << 32) | objid::bigint) = $1";

/// The connection that appends.
///
/// One that broke may have left a call behind that the server still carries out, after whoever asked looked and found nothing: the
/// command would be decided again and take effect twice. So each connection holds a lock of the writer's own for as long as its
/// session lives, and the next one is used only when it got it: then the session before it is over, and whatever it did is seen.
pub(super) struct Writer {
    options: PgConnectOptions,
    lock: i64,
    connection: Option<PgConnection>,
}

impl Writer {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        // Random: another in each process, and each store in it.
        let lock = RandomState::new().hash_one("writer").cast_signed();
        Self { options, lock, connection: None }
    }

    /// Takes the connection out. If whoever took it gives up in the middle it is gone, and the next is a new one.
    pub(super) async fn take(&mut self) -> Result<PgConnection, Error> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.connect().await,
        }
    }

    /// Puts the connection back, when its session goes on.
    pub(super) fn put_back(&mut self, connection: PgConnection) {
        self.connection = Some(connection);
    }

    async fn connect(&self) -> Result<PgConnection, Error> {
        let mut connection = connect::open(&self.options).await?;
        sqlx::query(END_HOLDER).bind(self.lock).execute(&mut connection).await?;
        sqlx::query("SELECT pg_advisory_lock($1)").bind(self.lock).execute(&mut connection).await?;
        Ok(connection)
    }
}
