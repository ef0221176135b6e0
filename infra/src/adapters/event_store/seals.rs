//! Sealing the log: from time to time one hash over all that came since the last.

use std::sync::Arc;
use std::time::Duration;

use command_side::ports::Unavailable;
use domain::hash::{Hash, Seal};
use sqlx::Row as _;
use tokio::time::{MissedTickBehavior, interval};

use super::{SqliteEventStore, away};

/// Positions a seal covers at the most.
const MOST: i64 = 1000;
const PERIOD: Duration = Duration::from_secs(1);

/// Seals the log of `store`, for ever: each second what came in it, in pieces of at most 1,000 positions.
pub async fn seal_log(store: Arc<SqliteEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        while let Ok(true) = store.seal_next().await.inspect_err(|why| tracing::warn!(%why, "the log was not sealed")) {
        }
    }
}

impl SqliteEventStore {
    /// Seals what comes next; whether a full piece was sealed, so that more may wait.
    async fn seal_next(&self) -> Result<bool, Unavailable> {
        let (from, previous) = self.last_seal().await?;
        let query = "SELECT position, hash FROM events WHERE position > ? ORDER BY position LIMIT ?";
        let rows = sqlx::query(query).bind(from).bind(MOST).fetch_all(&self.readers).await.map_err(away)?;
        let Some(last) = rows.last() else { return Ok(false) };
        let up_to: i64 = last.try_get(0).map_err(away)?;
        let hash = cover(Seal::after(previous), &rows).map_err(away)?;
        let mut writer = self.writer.lock().await;
        let seal = sqlx::query("INSERT INTO seals (up_to, hash) VALUES (?, ?)").bind(up_to).bind(&hash.0[..]);
        seal.execute(&mut *writer).await.map_err(away)?;
        Ok(rows.len() == MOST as usize)
    }

    async fn last_seal(&self) -> Result<(i64, Hash), Unavailable> {
        let query = sqlx::query("SELECT up_to, hash FROM seals ORDER BY up_to DESC LIMIT 1");
        let Some(row) = query.fetch_optional(&self.readers).await.map_err(away)? else {
            return Ok((0, Hash::default()));
        };
        let hash = Hash::from_bytes(row.try_get(1).map_err(away)?).unwrap_or_default();
        Ok((row.try_get(0).map_err(away)?, hash))
    }
}

fn cover(mut seal: Seal, rows: &[sqlx::sqlite::SqliteRow]) -> Result<Hash, sqlx::Error> {
    for row in rows {
        let hash = Hash::from_bytes(row.try_get(1)?).unwrap_or_default();
        seal.cover(row.try_get::<i64, _>(0)?.cast_unsigned(), hash);
    }
    Ok(seal.finish())
}

/// Computes every seal of `store` again; the first that does not hold, by the position that it covers up to.
///
/// # Errors
/// The store is away.
pub async fn check_seals(store: &SqliteEventStore) -> Result<Option<u64>, Unavailable> {
    let query = sqlx::query("SELECT up_to, hash FROM seals ORDER BY up_to");
    let (mut from, mut previous) = (0_i64, Hash::default());
    for row in query.fetch_all(&store.readers).await.map_err(away)? {
        let (up_to, sealed): (i64, &[u8]) = (row.try_get(0).map_err(away)?, row.try_get(1).map_err(away)?);
        let events =
            sqlx::query("SELECT position, hash FROM events WHERE position > ? AND position <= ? ORDER BY position");
        let events = events.bind(from).bind(up_to).fetch_all(&store.readers).await.map_err(away)?;
        let hash = cover(Seal::after(previous), &events).map_err(away)?;
        if hash.0 != *sealed {
            return Ok(Some(up_to.cast_unsigned()));
        }
        (from, previous) = (up_to, hash);
    }
    Ok(None)
}
