//! Sealing the log: from time to time one hash over all that came since the last. One process at a time.

use std::sync::Arc;
use std::time::Duration;

use command_side::ports::Unavailable;
use domain::Position;
use domain::hash::{Hash, Seal};
use sqlx::Error;
use sqlx::postgres::PgRow;
use tokio::time::{MissedTickBehavior, interval};

use super::failure::away;
use super::history::number;
use super::{PostgresEventStore, rows};
use crate::adapters::event_store::SealCheck;

/// Positions that a seal covers at the most.
const MOST: u64 = 1000;
const PERIOD: Duration = Duration::from_secs(1);
/// Seals that a check reads at once.
const PAGE: i64 = 256;

/// Seals the log of `store` for as long as it is polled: each second what came in it, in pieces of at most 1,000 positions. Where
/// several processes do, the first to write a seal is right, and the others go on behind it.
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

/// Up to where the log is sealed, and with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct LastSeal {
    up_to: Position,
    hash: Hash,
}

impl PostgresEventStore {
    /// Seals what came since the last seal.
    ///
    /// # Errors
    /// The database is away, or positions are missing.
    pub async fn seal_news(&self) -> Result<(), Unavailable> {
        let head = *self.head.borrow();
        let mut last = self.last_seal().await?;
        while last.up_to < head {
            let up_to = head.min(last.up_to + MOST);
            let hash = self.seal_over(last, up_to).await?;
            let hash = hash.ok_or_else(|| Unavailable("positions are missing".to_owned()))?;
            // Behind the seal that it goes on from, and only if that is still the last one.
            let insert = "INSERT INTO seals (up_to, hash)
                SELECT $1, $2 WHERE coalesce((SELECT max(up_to) FROM seals), 0) = $3 ON CONFLICT DO NOTHING RETURNING up_to";
            let insert = sqlx::query(insert).bind(number(up_to)).bind(&hash.0[..]).bind(number(last.up_to));
            if self.one(insert).await?.is_none() {
                return Ok(());
            }
            last = LastSeal { up_to, hash };
        }
        Ok(())
    }

    async fn last_seal(&self) -> Result<LastSeal, Unavailable> {
        let row = self.one(sqlx::query("SELECT up_to, hash FROM seals ORDER BY up_to DESC LIMIT 1")).await?;
        row.map_or(Ok(LastSeal::default()), |row| last_seal(&row).map_err(|error| away(&error)))
    }

    /// The head of the log if positions behind `up_to` are missing.
    async fn hole_after(&self, up_to: Position) -> Result<Option<Position>, Unavailable> {
        let query = "SELECT coalesce(max(position), $1), count(*) FROM events WHERE position > $1";
        let Some(row) = self.one(sqlx::query(query).bind(number(up_to))).await? else { return Ok(None) };
        let read = || Ok((rows::number(&row, 0)?, rows::number(&row, 1)?));
        let (head, count) = read().map_err(|error: Error| away(&error))?;
        Ok((head - up_to != count).then_some(head))
    }

    /// The seal after `last` over the positions up to `up_to`; `None` when one of them is missing.
    async fn seal_over(&self, last: LastSeal, up_to: Position) -> Result<Option<Hash>, Unavailable> {
        let query = "SELECT position, hash FROM events WHERE position > $1 AND position <= $2 ORDER BY position";
        let rows = self.all(sqlx::query(query).bind(number(last.up_to)).bind(number(up_to))).await?;
        if rows.len() as u64 != up_to - last.up_to {
            return Ok(None);
        }
        let mut seal = Seal::after(last.hash);
        let covered = rows.iter().try_for_each(|row| cover(&mut seal, row));
        covered.map(|()| Some(seal.finish())).map_err(|error| away(&error))
    }
}

fn last_seal(row: &PgRow) -> Result<LastSeal, Error> {
    Ok(LastSeal { up_to: rows::number(row, 0)?, hash: rows::hash(row, 1)? })
}

fn cover(seal: &mut Seal, row: &PgRow) -> Result<(), Error> {
    seal.cover(rows::number(row, 0)?, rows::hash(row, 1)?);
    Ok(())
}

/// Computes every seal of `store` again, up to the first that does not hold.
///
/// # Errors
/// The store is away, or a row is damaged.
pub async fn check_seals(store: &PostgresEventStore) -> Result<SealCheck, Unavailable> {
    let (mut check, mut last) = (SealCheck::default(), LastSeal::default());
    loop {
        let query = sqlx::query("SELECT up_to, hash FROM seals WHERE up_to > $1 ORDER BY up_to LIMIT $2");
        let page = store.all(query.bind(number(last.up_to)).bind(PAGE)).await?;
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
