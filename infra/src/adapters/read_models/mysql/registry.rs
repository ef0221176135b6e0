//! Which generation is live.

use std::time::Duration;

use sqlx::Row as _;
use sqlx::mysql::{MySqlConnection, MySqlPool};

use super::clock::server_time;

/// How long a generation that is live no longer is kept: queries that began on it go on.
const RETIREMENT: Duration = Duration::from_mins(10);
/// The release: what another one folded is not gone on with.
pub(super) const MAKER: &str = env!("CARGO_PKG_VERSION");

/// The number of the live generation.
pub(super) async fn live(on: &MySqlPool) -> Result<Option<u64>, sqlx::Error> {
    let live = sqlx::query_scalar::<_, i64>("SELECT number FROM generations WHERE state = 'live'");
    Ok(live.fetch_optional(on).await?.map(i64::cast_unsigned))
}

/// The generation that is being built, and who began it.
pub(super) async fn building(on: &MySqlPool) -> Result<Option<(u64, String)>, sqlx::Error> {
    let row = sqlx::query("SELECT number, maker FROM generations WHERE state = 'building'").fetch_optional(on).await?;
    row.map(|row| Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), row.try_get_unchecked(1)?))).transpose()
}

/// Notes a new generation in `state`; numbers are never used again as long as one is there.
pub(super) async fn add(on: &MySqlPool, state: &str) -> Result<u64, sqlx::Error> {
    let mut transaction = on.begin().await?;
    let last = sqlx::query_scalar::<_, Option<i64>>("SELECT max(number) FROM generations FOR UPDATE");
    let number = last.fetch_one(&mut *transaction).await?.unwrap_or(0) + 1;
    let add = concat!("INSERT INTO generations (number, state, since, maker) VALUES (?, ?, ", server_time!(), ", ?)");
    sqlx::query(add).bind(number).bind(state).bind(MAKER).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(number.cast_unsigned())
}

/// Puts `building` in the place of the live one, inside a transaction; `registry` is the database's name.
pub(super) async fn switch(on: &mut MySqlConnection, registry: &str, building: u64) -> Result<(), sqlx::Error> {
    let now = server_time!();
    let retire = format!("UPDATE `{registry}`.generations SET state = 'retired', since = {now} WHERE state = 'live'");
    sqlx::query(&retire).execute(&mut *on).await?;
    let raise = format!("UPDATE `{registry}`.generations SET state = 'live', since = {now} WHERE number = ?");
    sqlx::query(&raise).bind(building.cast_signed()).execute(on).await?;
    Ok(())
}

/// The generations whose retirement is over.
pub(super) async fn over(on: &MySqlPool) -> Result<Vec<u64>, sqlx::Error> {
    let query = concat!("SELECT number FROM generations WHERE state = 'retired' AND since <= ", server_time!(), " - ?");
    let over = sqlx::query_scalar::<_, i64>(query);
    Ok(over
        .bind(i64::try_from(RETIREMENT.as_millis()).unwrap_or(i64::MAX))
        .fetch_all(on)
        .await?
        .into_iter()
        .map(i64::cast_unsigned)
        .collect())
}

/// Forgets a generation whose database is gone.
pub(super) async fn forget(on: &MySqlPool, number: u64) -> Result<(), sqlx::Error> {
    let forget = sqlx::query("DELETE FROM generations WHERE number = ? AND state <> 'live'");
    forget.bind(number.cast_signed()).execute(on).await.map(|_| ())
}

/// Says of which event store this is made, unless that is said; gives what is said then.
pub(super) async fn identify(on: &MySqlPool, identity: &str) -> Result<String, sqlx::Error> {
    sqlx::query("INSERT IGNORE INTO identity (name, value) VALUES ('events', ?)").bind(identity).execute(on).await?;
    sqlx::query("SELECT value FROM identity WHERE name = 'events'").fetch_one(on).await?.try_get_unchecked(0)
}
