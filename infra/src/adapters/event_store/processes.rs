//! How far process managers are, and the accounts that were deleted.

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::process::Turns;
use domain::stored::Raw;
use domain::{Envelope, Position};
use sqlx::{Error, Row as _};
use uuid::Uuid;

use super::SqliteEventStore;
use super::failure::away;
use super::rows::{columns, stored};
use crate::adapters::deletions::Deleted;

/// No other process appends here: it is always this one's turn.
#[async_trait]
impl Turns for SqliteEventStore {
    async fn take(&self, process: &str, _: Uuid) -> Result<Option<Position>, Unavailable> {
        let row = self.one(sqlx::query("SELECT position FROM processes WHERE name = ?").bind(process)).await?;
        let position = row.map_or(Ok(0), |row| row.try_get::<i64, _>(0));
        position.map(|position| Some(position.cast_unsigned())).map_err(|error: Error| away(&error))
    }

    async fn done(&self, process: &str, _: Uuid, position: Position) -> Result<bool, Unavailable> {
        let note = "INSERT INTO processes (name, position) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)";
        self.change(sqlx::query(note).bind(process).bind(position.cast_signed())).await.map(|_| true)
    }
}

#[async_trait]
impl Deleted for SqliteEventStore {
    async fn deleted_after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let query = concat!(
            "SELECT ",
            columns!(),
            " FROM events INDEXED BY events_deleted_accounts WHERE event_type = 'AccountDeleted' AND position > ?
            ORDER BY position LIMIT ?"
        );
        let query = sqlx::query(query).bind(position.cast_signed()).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        self.all(query).await?.iter().map(stored).collect()
    }
}
