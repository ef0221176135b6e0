//! The end of all writes, by whichever process: the function that appends looks at it.

use std::sync::Arc;
use std::time::Duration;

use command_side::ports::Unavailable;
use sqlx::Row as _;
use tokio::time::sleep;

use super::PostgresEventStore;
use super::failure::away;
use crate::adapters::halt::Halt;

/// How often it is tried to tell others as long as the database is away.
const PERIOD: Duration = Duration::from_secs(1);

impl PostgresEventStore {
    /// Lets nobody append any more. The first reason stays: it is the one to look into.
    ///
    /// # Errors
    /// The database is away.
    pub async fn halt(&self, why: &str) -> Result<(), Unavailable> {
        let halt = "INSERT INTO halt (id, why) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
        self.one(sqlx::query(halt).bind(why)).await.map(|_| ())
    }

    /// Why nobody appends any more; nothing as long as they do.
    ///
    /// # Errors
    /// The database is away.
    pub async fn halted(&self) -> Result<Option<String>, Unavailable> {
        let row = self.one(sqlx::query("SELECT why FROM halt")).await?;
        row.map(|row| row.try_get(0)).transpose().map_err(|error| away(&error))
    }

    /// Lets everybody append again.
    ///
    /// # Errors
    /// The database is away.
    pub async fn go_on(&self) -> Result<(), Unavailable> {
        self.one(sqlx::query("DELETE FROM halt")).await.map(|_| ())
    }
}

/// Stops the writes of all processes once `halt` says so, as soon as the database is there.
pub async fn tell_halt(store: Arc<PostgresEventStore>, halt: Halt) {
    let why = halt.is_for_all().await;
    while let Err(reason) = store.halt(&why).await {
        tracing::error!(%reason, "other processes can not be told that no more is to be written");
        sleep(PERIOD).await;
    }
    tracing::error!(why, "no process writes any more");
}
