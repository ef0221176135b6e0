//! Whose turn it is with process managers, how far they are, and the accounts that were deleted.

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::process::Turns;
use domain::stored::Raw;
use domain::{Envelope, Position};
use uuid::Uuid;

use super::PostgresEventStore;
use super::failure::away;
use super::history::number;
use super::rows::{self, columns, stored};
use crate::adapters::deletions::Deleted;

const TAKE: &str = "INSERT INTO processes AS p (name, position, holder, until)
    VALUES ($1, 0, $2, clock_timestamp() + interval '30 s')
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE p.holder = excluded.holder OR p.until < clock_timestamp()
    RETURNING position";
const DONE: &str = "UPDATE processes SET position = greatest(position, $3), until = clock_timestamp() + interval '30 s'
    WHERE name = $1 AND holder = $2 RETURNING position";

#[async_trait]
impl Turns for PostgresEventStore {
    async fn take(&self, process: &str, holder: Uuid) -> Result<Option<Position>, Unavailable> {
        let row = self.one(sqlx::query(TAKE).bind(process).bind(holder)).await?;
        row.map(|row| rows::number(&row, 0)).transpose().map_err(|error| away(&error))
    }

    async fn done(&self, process: &str, holder: Uuid, position: Position) -> Result<bool, Unavailable> {
        let done = sqlx::query(DONE).bind(process).bind(holder).bind(number(position));
        Ok(self.one(done).await?.is_some())
    }
}

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
}
