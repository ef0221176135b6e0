//! Sealing the log: from time to time one hash over all that came since the last.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use command_side::ports::Unavailable;
use domain::Position;
use domain::hash::{Hash, Seal};
use sqlx::sqlite::SqliteRow;
use sqlx::{Error, Row as _};
use tokio::time::{MissedTickBehavior, interval};

use super::failure::away;
use super::{SqliteEventStore, rows};
use crate::adapters::bulk::Bulk;

/// Positions that a seal covers at the most.
const MOST: u64 = 1000;
const PERIOD: Duration = Duration::from_secs(1);
static SEALS: LazyLock<Bulk> = LazyLock::new(|| Bulk::new("seals", "up_to, hash", ""));
/// Seals that a check reads at once.
const PAGE: i64 = 256;

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

/// Up to where the log is sealed, and with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LastSeal {
    up_to: Position,
    hash: Hash,
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
            let hash = self.seal_over(last, up_to).await?;
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

    /// The head of the log if positions behind `up_to` are missing.
    async fn hole_after(&self, up_to: Position) -> Result<Option<Position>, Unavailable> {
        let query = "SELECT coalesce(max(position), ?1), count(*) FROM events WHERE position > ?1";
        let Some(row) = self.one(sqlx::query(query).bind(up_to.cast_signed())).await? else { return Ok(None) };
        let read = || Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), row.try_get::<i64, _>(1)?.cast_unsigned()));
        let (head, count) = read().map_err(|error: Error| away(&error))?;
        Ok((head - up_to != count).then_some(head))
    }

    /// The seal after `last` over the positions up to `up_to`; `None` when one of them is missing.
    async fn seal_over(&self, last: LastSeal, up_to: Position) -> Result<Option<Hash>, Unavailable> {
        let query = "SELECT position, hash FROM events WHERE position > ? AND position <= ? ORDER BY position";
        let query = sqlx::query(query).bind(last.up_to.cast_signed()).bind(up_to.cast_signed());
        let rows = self.all(query).await?;
        if rows.len() as u64 != up_to - last.up_to {
            return Ok(None);
        }
        let mut seal = Seal::after(last.hash);
        let covered = rows.iter().try_for_each(|row| cover(&mut seal, row));
        covered.map(|()| Some(seal.finish())).map_err(|error| away(&error))
    }
}

fn last_seal(row: &SqliteRow) -> Result<LastSeal, Error> {
    Ok(LastSeal { up_to: row.try_get::<i64, _>(0)?.cast_unsigned(), hash: rows::hash(row, 1)? })
}

fn cover(seal: &mut Seal, row: &SqliteRow) -> Result<(), Error> {
    seal.cover(row.try_get::<i64, _>(0)?.cast_unsigned(), rows::hash(row, 1)?);
    Ok(())
}

/// What a check of all seals found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SealCheck {
    /// How many seals hold, one after another from the first.
    pub holding: u64,
    /// The position up to which they cover the log.
    pub up_to: Position,
    /// The position up to which the first seal reaches that does not hold; without such, the head of a log that has a hole
    /// behind the last seal.
    pub broken: Option<Position>,
}

/// Computes every seal of `store` again, up to the first that does not hold.
///
/// # Errors
/// The store is away, or a row is damaged.
pub async fn check_seals(store: &SqliteEventStore) -> Result<SealCheck, Unavailable> {
    let (mut check, mut last) = (SealCheck::default(), LastSeal::default());
    loop {
        let query = sqlx::query("SELECT up_to, hash FROM seals WHERE up_to > ? ORDER BY up_to LIMIT ?");
        let page = store.all(query.bind(last.up_to.cast_signed()).bind(PAGE)).await?;
        if page.is_empty() {
            return Ok(SealCheck { broken: store.hole_after(check.up_to).await?, ..check });
        }
        for row in &page {
            let seal = last_seal(row).map_err(|error| away(&error))?;
            if store.seal_over(last, seal.up_to).await? != Some(seal.hash) {
                return Ok(SealCheck { broken: Some(seal.up_to), ..check });
            }
            last = seal;
            check = SealCheck { holding: check.holding + 1, up_to: seal.up_to, broken: None };
        }
    }
}
