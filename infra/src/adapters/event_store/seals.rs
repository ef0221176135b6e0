//! Sealing the log: from time to time one hash over all that came since the last.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Envelope, Position};
use sqlx::sqlite::SqliteRow;
use sqlx::{Error, Row as _};
use tokio::time::{MissedTickBehavior, interval};

use super::failure::away;
use super::rows::columns;
use super::{SqliteEventStore, rows};
use crate::adapters::bulk::Bulk;
use crate::adapters::chains::{Chained, previous_hash};
use crate::adapters::seals::{LastSeal, Sealed, seal_over};

/// Positions that a seal covers at the most.
const MOST: u64 = 1000;
const PERIOD: Duration = Duration::from_secs(1);
static SEALS: LazyLock<Bulk> = LazyLock::new(|| Bulk::new("seals", "up_to, hash", ""));

/// Seals the log of `store` for as long as it is polled: each second what came in it, in pieces of at most 1,000 positions.
pub async fn seal_log(store: Arc<SqliteEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = None;
    loop {
        ticks.tick().await;
        if let Err(why) = store.seal_news(&mut last).await {
            tracing::warn!(%why, "the log was not sealed");
            last = None;
        }
    }
}

impl SqliteEventStore {
    /// Seals what came since `last`, which is looked up when it is not known.
    pub(super) async fn seal_news(&self, last: &mut Option<LastSeal>) -> Result<(), Unavailable> {
        let mut seal = match *last {
            Some(seal) => seal,
            None => self.last_seal().await?,
        };
        while *self.head.borrow() > seal.up_to {
            let seals = self.next_seals(seal).await?;
            let mut writer = self.writer()?.lock().await;
            let written =
                writer.insert(&SEALS, &seals, |row, seal| row.bind(seal.up_to.cast_signed()).bind(&seal.hash.0[..]));
            written.await.map_err(|error| away(&error))?;
            seal = seals.last().copied().unwrap_or(seal);
            *last = Some(seal);
        }
        Ok(())
    }

    /// The seals after `last` up to the head of the log, as many as go into one statement.
    async fn next_seals(&self, mut last: LastSeal) -> Result<Vec<LastSeal>, Unavailable> {
        let (head, mut seals) = (*self.head.borrow(), vec![]);
        while last.up_to < head && seals.len() < Bulk::LARGEST {
            let up_to = head.min(last.up_to + MOST);
            let hash = seal_over(self, last, up_to).await?;
            let hash = hash.ok_or_else(|| Unavailable("positions are missing".to_owned()))?;
            last = LastSeal { up_to, hash };
            seals.push(last);
        }
        Ok(seals)
    }

    async fn last_seal(&self) -> Result<LastSeal, Unavailable> {
        let row = self.one(sqlx::query("SELECT up_to, hash FROM seals ORDER BY up_to DESC LIMIT 1")).await?;
        row.map_or(Ok(LastSeal::default()), |row| last_seal(&row).map_err(|error| away(&error)))
    }
}

#[async_trait]
impl Sealed for SqliteEventStore {
    async fn seals_after(&self, up_to: Position, limit: u32) -> Result<Vec<LastSeal>, Unavailable> {
        let query = sqlx::query("SELECT up_to, hash FROM seals WHERE up_to > ? ORDER BY up_to LIMIT ?");
        let rows = self.all(query.bind(up_to.cast_signed()).bind(limit)).await?;
        rows.iter().map(last_seal).collect::<Result<_, _>>().map_err(|error| away(&error))
    }

    async fn hashes(&self, after: Position, up_to: Position) -> Result<Vec<(Position, Hash)>, Unavailable> {
        let query = "SELECT position, hash FROM events WHERE position > ? AND position <= ? ORDER BY position";
        let rows = self.all(sqlx::query(query).bind(after.cast_signed()).bind(up_to.cast_signed())).await?;
        let read = |row: &SqliteRow| Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), rows::hash(row, 1)?));
        rows.iter().map(read).collect::<Result<_, Error>>().map_err(|error| away(&error))
    }

    async fn hole_after(&self, up_to: Position) -> Result<Option<Position>, Unavailable> {
        let query = "SELECT coalesce(max(position), ?1), count(*) FROM events WHERE position > ?1";
        let Some(row) = self.one(sqlx::query(query).bind(up_to.cast_signed())).await? else { return Ok(None) };
        let read = || Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), row.try_get::<i64, _>(1)?.cast_unsigned()));
        let (head, count) = read().map_err(|error: Error| away(&error))?;
        Ok((head - up_to != count).then_some(head))
    }
}

#[async_trait]
impl Chained for SqliteEventStore {
    async fn chained(&self, after: Position, limit: u32) -> Result<Vec<(Envelope<Raw>, Hash)>, Unavailable> {
        const QUERY: &str = concat!(
            "SELECT ",
            columns!(),
            ", ",
            previous_hash!(),
            " FROM events WHERE position > ? ORDER BY position LIMIT ?"
        );
        let previous = |row: &SqliteRow| match row.try_get(12)? {
            None::<&[u8]> => Ok(Hash::default()),
            Some(_) => rows::hash(row, 12),
        };
        let chained = |row| Ok((rows::stored(row)?, previous(row).map_err(|error: Error| away(&error))?));
        let rows = self.all(sqlx::query(QUERY).bind(after.cast_signed()).bind(limit)).await?;
        rows.iter().map(chained).collect()
    }
}

fn last_seal(row: &SqliteRow) -> Result<LastSeal, Error> {
    Ok(LastSeal { up_to: row.try_get::<i64, _>(0)?.cast_unsigned(), hash: rows::hash(row, 1)? })
}
