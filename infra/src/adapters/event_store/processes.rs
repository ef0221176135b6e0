//! Up to where process managers have seen to the log. Nobody else serves the file: the turn is always this process's.

use std::sync::Arc;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::processes::{Turn, Turns};
use domain::Position;
use parking_lot::Mutex;
use sqlx::Row as _;

use super::SqliteEventStore;
use super::failure::away;

/// What one process manager has seen to.
pub struct SqliteTurns {
    store: Arc<SqliteEventStore>,
    name: &'static str,
    /// What was noted last: nothing is written where nothing has moved.
    noted: Mutex<Position>,
}

impl SqliteTurns {
    /// That of the process manager `name`, in the file of `store`.
    #[must_use]
    pub fn new(store: Arc<SqliteEventStore>, name: &'static str) -> Self {
        Self { store, name, noted: Mutex::default() }
    }
}

#[async_trait]
impl Turns for SqliteTurns {
    async fn take(&self) -> Result<Option<Turn>, Unavailable> {
        let row = self.store.one(sqlx::query("SELECT position FROM processes WHERE name = ?").bind(self.name)).await?;
        let position = row.map_or(Ok(0), |row| row.try_get::<i64, _>(0)).map_err(|error| away(&error))?;
        *self.noted.lock() = position.cast_unsigned();
        Ok(Some(Turn { epoch: 1, position: position.cast_unsigned() }))
    }

    async fn keep(&self, turn: Turn) -> Result<bool, Unavailable> {
        if *self.noted.lock() == turn.position {
            return Ok(true);
        }
        let note = "INSERT INTO processes (name, position) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET position = excluded.position";
        self.store.change(sqlx::query(note).bind(self.name).bind(turn.position.cast_signed())).await?;
        *self.noted.lock() = turn.position;
        Ok(true)
    }

    async fn release(&self, _epoch: u64) {}
}
