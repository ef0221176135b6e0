//! Up to where process managers have seen to the log, and whose turn it is.

use std::sync::Arc;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::processes::{Turn, Turns};
use sqlx::Error;
use uuid::Uuid;

use super::failure::away;
use super::history::number;
use super::{PostgresEventStore, rows};

/// Takes the turn if it ran out, or is of a process that went by the same name.
const TAKE: &str = "INSERT INTO processes AS p (name, position, holder, epoch, until)
        VALUES ($1, 0, $2, 1, clock_timestamp() + interval '5 s')
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = p.epoch + 1, until = excluded.until
        WHERE p.until < clock_timestamp() OR p.holder = excluded.holder
    RETURNING epoch, position";
const KEEP: &str = "UPDATE processes SET position = $4, until = clock_timestamp() + interval '5 s'
    WHERE name = $1 AND holder = $2 AND epoch = $3 RETURNING epoch";
const RELEASE: &str = "UPDATE processes SET until = clock_timestamp()
    WHERE name = $1 AND holder = $2 AND epoch = $3 RETURNING epoch";

/// One process's turns with a process manager.
pub struct PostgresTurns {
    store: Arc<PostgresEventStore>,
    name: &'static str,
    holder: String,
}

impl PostgresTurns {
    /// For a process that goes by the name `instance`, or by one of its own: one that keeps its name across restarts need not wait for
    /// the turn of the process that had it before to run out.
    #[must_use]
    pub fn new(store: Arc<PostgresEventStore>, name: &'static str, instance: Option<String>) -> Self {
        Self { store, name, holder: instance.unwrap_or_else(|| Uuid::now_v7().to_string()) }
    }
}

#[async_trait]
impl Turns for PostgresTurns {
    async fn take(&self) -> Result<Option<Turn>, Unavailable> {
        let row = self.store.one(sqlx::query(TAKE).bind(self.name).bind(&self.holder)).await?;
        let turn = row.map(|row| Ok(Turn { epoch: rows::number(&row, 0)?, position: rows::number(&row, 1)? }));
        turn.transpose().map_err(|error: Error| away(&error))
    }

    async fn keep(&self, turn: Turn) -> Result<bool, Unavailable> {
        let keep = sqlx::query(KEEP).bind(self.name).bind(&self.holder);
        let keep = keep.bind(number(turn.epoch)).bind(number(turn.position));
        Ok(self.store.one(keep).await?.is_some())
    }

    async fn release(&self, epoch: u64) {
        let release = sqlx::query(RELEASE).bind(self.name).bind(&self.holder).bind(number(epoch));
        if let Err(reason) = self.store.one(release).await {
            tracing::debug!(%reason, "the turn runs out by itself");
        }
    }
}
