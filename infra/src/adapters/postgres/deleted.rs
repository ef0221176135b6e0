//! The accounts that were deleted.

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::stored::Raw;
use domain::{Envelope, Position};

use super::PostgresEventStore;
use super::failure::away;
use super::history::number;
use super::rows::{self, columns, stored};
use crate::adapters::deletions::Deleted;

#[async_trait]
impl Deleted for PostgresEventStore {
    async fn deleted_after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let query = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE event_type = 'AccountDeleted' AND position > $1 ORDER BY position LIMIT $2"
        );
        let query = sqlx::query(query).bind(number(position)).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        self.all(query).await?.iter().map(stored).collect()
    }

    async fn last_deleted(&self) -> Result<Position, Unavailable> {
        let query = "SELECT coalesce(max(position), 0) FROM events WHERE event_type = 'AccountDeleted'";
        let row = self.one(sqlx::query(query)).await?;
        row.map_or(Ok(0), |row| rows::number(&row, 0)).map_err(|error| away(&error))
    }
}
