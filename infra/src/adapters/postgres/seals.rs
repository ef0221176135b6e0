//! Sealing the log: from time to time one hash over all that came since the last. The database does it, for one process at a time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Envelope, Position};
use sqlx::postgres::PgRow;
use sqlx::{Error, Row as _};
use tokio::time::{MissedTickBehavior, interval};

use super::failure::away;
use super::history::number;
use super::rows::columns;
use super::{PostgresEventStore, rows};
use crate::adapters::chains::{Chained, previous_hash};
use crate::adapters::seals::{LastSeal, Sealed};

const PERIOD: Duration = Duration::from_secs(1);
/// Seals that one statement makes at the most, far within its time.
const MOST: i32 = 64;

/// Seals the log of `store` for as long as it is polled: each second what came in it, in pieces of at most 1,000 positions. Where
/// several processes do, each time one of them does.
pub async fn seal_log(store: Arc<PostgresEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(why) = store.seal_news().await {
            tracing::warn!(%why, "the log was not sealed");
        }
    }
}

impl PostgresEventStore {
    /// Seals what came since the last seal, unless another process does.
    ///
    /// # Errors
    /// The database is away, or positions are missing.
    pub async fn seal_news(&self) -> Result<(), Unavailable> {
        loop {
            let row = self.one(sqlx::query("SELECT seal_events($1)").bind(MOST)).await?;
            let written = row.map_or(Ok(0), |row| row.try_get::<i32, _>(0)).map_err(|error| away(&error))?;
            if written < MOST {
                return Ok(());
            }
        }
    }
}

#[async_trait]
impl Sealed for PostgresEventStore {
    async fn seals_after(&self, up_to: Position, limit: u32) -> Result<Vec<LastSeal>, Unavailable> {
        let query = "SELECT up_to, hash FROM seals WHERE up_to > $1 ORDER BY up_to LIMIT $2";
        let seal = |(up_to, hash)| LastSeal { up_to, hash };
        let seals = self.hashed(sqlx::query(query).bind(number(up_to)).bind(i64::from(limit))).await?;
        Ok(seals.into_iter().map(seal).collect())
    }

    async fn hashes(&self, after: Position, up_to: Position) -> Result<Vec<(Position, Hash)>, Unavailable> {
        let query = "SELECT position, hash FROM events WHERE position > $1 AND position <= $2 ORDER BY position";
        self.hashed(sqlx::query(query).bind(number(after)).bind(number(up_to))).await
    }

    async fn hole_after(&self, up_to: Position) -> Result<Option<Position>, Unavailable> {
        let query = "SELECT coalesce(max(position), $1), count(*) FROM events WHERE position > $1";
        let Some(row) = self.one(sqlx::query(query).bind(number(up_to))).await? else { return Ok(None) };
        let read = || Ok((rows::number(&row, 0)?, rows::number(&row, 1)?));
        let (head, count) = read().map_err(|error: Error| away(&error))?;
        Ok((head - up_to != count).then_some(head))
    }
}

#[async_trait]
impl Chained for PostgresEventStore {
    async fn chained(&self, after: Position, limit: u32) -> Result<Vec<(Envelope<Raw>, Hash)>, Unavailable> {
        const QUERY: &str = concat!(
            "SELECT ",
            columns!(),
            ", ",
            previous_hash!(),
            " FROM events WHERE position > $1 ORDER BY position LIMIT $2"
        );
        let previous = |row: &PgRow| match row.try_get(12)? {
            None::<&[u8]> => Ok(Hash::default()),
            Some(_) => rows::hash(row, 12),
        };
        let chained = |row| Ok((rows::stored(row)?, previous(row).map_err(|error: Error| away(&error))?));
        let rows = self.all(sqlx::query(QUERY).bind(number(after)).bind(i64::from(limit))).await?;
        rows.iter().map(chained).collect()
    }
}

impl PostgresEventStore {
    async fn hashed(&self, query: super::Statement<'_>) -> Result<Vec<(Position, Hash)>, Unavailable> {
        let read = |row: &PgRow| Ok((rows::number(row, 0)?, rows::hash(row, 1)?));
        self.all(query).await?.iter().map(read).collect::<Result<_, Error>>().map_err(|error| away(&error))
    }
}
