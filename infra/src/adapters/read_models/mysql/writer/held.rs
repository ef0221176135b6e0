//! A connection that writes one partition, and is known by its number: a writer that was paused in the middle of a transaction holds
//! locks for as long as its connection lives, so whoever takes its place ends that.

use projections::ports::Partition;
use sqlx::mysql::{MySqlConnection, MySqlDatabaseError};
use sqlx::{Connection as _, Executor as _};

/// A lock is waited for so long: more than a commit ever takes.
const SETTINGS: &str = "SET SESSION innodb_lock_wait_timeout = 3";

/// The connection.
pub(super) struct Held {
    pub(super) connection: MySqlConnection,
    id: u64,
}

impl Held {
    /// Makes a connection the one that writes `partition`.
    pub(super) async fn take(mut connection: MySqlConnection, partition: Partition) -> Result<Self, sqlx::Error> {
        connection.execute(SETTINGS).await?;
        let id: u64 = sqlx::query_scalar("SELECT CONNECTION_ID()").fetch_one(&mut connection).await?;
        let mut held = Self { connection, id };
        held.sign(partition).await?;
        Ok(held)
    }

    async fn sign(&mut self, partition: Partition) -> Result<(), sqlx::Error> {
        let sign = sqlx::query("REPLACE INTO writers (partition_no, connection_id) VALUES (?, ?)");
        sign.bind(partition).bind(self.id.cast_signed()).execute(&mut self.connection).await.map(|_| ())
    }

    /// Ends the connections of other writers: one of them holds what was waited for. They are alive at the worst, and begin again.
    pub(super) async fn push_out(mut self, partition: Partition) -> Result<(), sqlx::Error> {
        self.connection.execute("ROLLBACK").await?;
        let others =
            sqlx::query_scalar::<_, i64>("SELECT DISTINCT connection_id FROM writers WHERE connection_id <> ?");
        let others = others.bind(self.id.cast_signed()).fetch_all(&mut self.connection).await?;
        for other in others {
            let stuck =
                "SELECT count(*) FROM information_schema.processlist WHERE id = ? AND command = 'Sleep' AND time >= 2";
            let stuck: i64 = sqlx::query_scalar(stuck).bind(other).fetch_one(&mut self.connection).await?;
            if stuck > 0 {
                tracing::warn!(partition, connection = other, "a writer that stands still is pushed out");
                self.connection.execute(format!("KILL {other}").as_str()).await.ok();
            }
        }
        self.connection.close().await
    }
}

/// The server's own number of an error.
pub(super) fn number(error: &sqlx::Error) -> Option<u16> {
    Some(error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?.number())
}

pub(super) fn is_waited_in_vain(error: &sqlx::Error) -> bool {
    number(error) == Some(1205)
}

pub(super) fn is_a_deadlock(error: &sqlx::Error) -> bool {
    number(error) == Some(1213)
}
