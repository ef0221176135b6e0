//! A connection that writes one partition, and is known by its number: a writer that was paused in the middle of a transaction holds
//! locks for as long as its connection lives, so whoever takes its place ends that.

use projections::ports::Partition;
use sqlx::mysql::{MySqlConnection, MySqlDatabaseError};
use sqlx::{Connection as _, Executor as _};

use super::super::server::{PATIENCE, within};

/// A lock is waited for so long: more than a commit ever takes.
const PATIENT_FOR_LOCKS: &str = "SET SESSION innodb_lock_wait_timeout = 3";
/// Writers of this database that have asked nothing for 2 s. A number may be that of a stranger by now: it is looked where they are.
const SLEEPERS: &str = "SELECT DISTINCT CAST(p.id AS UNSIGNED) FROM information_schema.processlist p
    JOIN writers w ON w.connection_id = p.id
    WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID() AND p.command = 'Sleep' AND p.time >= 2";

/// The connection.
pub(super) struct Held {
    pub(super) connection: MySqlConnection,
    id: u64,
}

impl Held {
    /// Makes a connection the one that writes `partition`.
    pub(super) async fn take(mut connection: MySqlConnection, partition: Partition) -> Result<Self, sqlx::Error> {
        make_impatient(&mut connection).await?;
        let id: u64 = sqlx::query_scalar("SELECT CONNECTION_ID()").fetch_one(&mut connection).await?;
        let mut held = Self { connection, id };
        held.sign(partition).await?;
        Ok(held)
    }

    async fn sign(&mut self, partition: Partition) -> Result<(), sqlx::Error> {
        let sign = sqlx::query("REPLACE INTO writers (partition_no, connection_id) VALUES (?, ?)");
        sign.bind(partition).bind(self.id.cast_signed()).execute(&mut self.connection).await.map(|_| ())
    }

    /// Ends the connections of other writers that stand still: one of them holds what was waited for.
    pub(super) async fn push_out(mut self) -> Result<(), sqlx::Error> {
        self.connection.execute("ROLLBACK").await?;
        end_sleepers(&mut self.connection).await?;
        self.connection.close().await
    }

    /// The connection once more, if it can still be used.
    pub(super) async fn rolled_back(mut self) -> Option<Self> {
        within(PATIENCE, self.connection.execute("ROLLBACK")).await.is_ok().then_some(self)
    }
}

/// Lets a connection wait for locks no longer than a commit ever takes. Reads see what is committed: what must stay is locked, and
/// gaps between rows, in which other partitions begin, are not.
pub(in super::super) async fn make_impatient(on: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    on.execute(PATIENT_FOR_LOCKS).await?;
    on.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await.map(|_| ())
}

/// Ends the connections of writers that stand still, in the database of `on`. At the worst they are alive, and begin again.
pub(in super::super) async fn end_sleepers(on: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    for sleeper in sqlx::query_scalar::<_, u64>(SLEEPERS).fetch_all(&mut *on).await? {
        tracing::warn!(connection = sleeper, "a writer that stands still is pushed out");
        // It may be gone by now.
        on.execute(format!("KILL {sleeper}").as_str()).await.ok();
    }
    Ok(())
}

/// The server's own number of an error.
pub(in super::super) fn number(error: &sqlx::Error) -> Option<u16> {
    Some(error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?.number())
}

pub(in super::super) fn is_waited_in_vain(error: &sqlx::Error) -> bool {
    number(error) == Some(1205)
}

/// Whether the same may succeed now: the locks were others', or went with a deadlock.
pub(super) fn is_worth_a_retry(error: &sqlx::Error) -> bool {
    matches!(number(error), Some(1205 | 1213))
}
