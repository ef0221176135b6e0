//! The accounts that were deleted.

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::stored::Raw;
use domain::{Envelope, Position};
use sqlx::{Error, Row as _};

use super::SqliteEventStore;
use super::failure::away;
use super::rows::{columns, stored};
use crate::adapters::deletions::Deleted;

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

    async fn last_deleted(&self) -> Result<Position, Unavailable> {
        let query = "SELECT coalesce(max(position), 0) FROM events INDEXED BY events_deleted_accounts
            WHERE event_type = 'AccountDeleted'";
        let row = self.one(sqlx::query(query)).await?;
        let last = row.map_or(Ok(0), |row| row.try_get::<i64, _>(0)).map_err(|error: Error| away(&error))?;
        Ok(last.cast_unsigned())
    }
}
