//! Which generation of which read model is live: a small file that every process looks at.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::{Mutex, MutexGuard};

use super::Model;

/// How long a generation that is live no longer is kept: queries that began on it go on.
const RETIREMENT: Duration = Duration::from_mins(10);

/// The registry of one folder.
pub(super) struct Registry(Mutex<SqliteConnection>);

impl Registry {
    /// Opens the registry in `dir`, making it if need be.
    pub(super) async fn open(dir: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(dir.join("models.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Delete)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging()
            .pragma("cache_size", "-64");
        let mut connection = options.connect().await?;
        sqlx::raw_sql(include_str!("registry.sql")).execute(&mut connection).await?;
        Ok(Self(Mutex::new(connection)))
    }

    pub(super) async fn connection(&self) -> MutexGuard<'_, SqliteConnection> {
        self.0.lock().await
    }

    /// The number of the live generation.
    pub(super) async fn live(&self, model: Model) -> Result<Option<u64>, sqlx::Error> {
        live(&mut *self.connection().await, model).await
    }

    /// The number of the generation that is being built, and who began it.
    pub(super) async fn building(&self, model: Model) -> Result<Option<(u64, String)>, sqlx::Error> {
        let query = sqlx::query("SELECT number, maker FROM generations WHERE model = ? AND state = 'building'");
        let row = query.bind(model.name()).fetch_optional(&mut *self.connection().await).await?;
        row.map(|row| Ok((number(row.try_get(0)?), row.try_get(1)?))).transpose()
    }

    /// Notes a new generation that is being built.
    pub(super) async fn begin(&self, model: Model) -> Result<u64, sqlx::Error> {
        add(&mut *self.connection().await, model, "building").await
    }

    /// Puts the generation that is being built in the place of the live one.
    pub(super) async fn switch(&self, model: Model, building: u64) -> Result<(), sqlx::Error> {
        let mut connection = self.connection().await;
        let mut all = connection.begin_with("BEGIN IMMEDIATE").await?;
        let retire = "UPDATE generations SET state = 'retired', since = ? WHERE model = ? AND state = 'live'";
        sqlx::query(retire).bind(now()).bind(model.name()).execute(&mut *all).await?;
        let raise = "UPDATE generations SET state = 'live', since = ? WHERE model = ? AND number = ?";
        sqlx::query(raise).bind(now()).bind(model.name()).bind(building.cast_signed()).execute(&mut *all).await?;
        all.commit().await
    }

    /// The generations whose retirement is over.
    pub(super) async fn over(&self, model: Model) -> Result<Vec<u64>, sqlx::Error> {
        let retired = i64::try_from(RETIREMENT.as_millis()).unwrap_or(i64::MAX);
        let query = "SELECT number FROM generations WHERE model = ? AND state = 'retired' AND since <= ?";
        let query = sqlx::query_scalar::<_, i64>(query).bind(model.name()).bind(now() - retired);
        Ok(query.fetch_all(&mut *self.connection().await).await?.into_iter().map(number).collect())
    }

    /// Forgets a generation whose file is gone.
    pub(super) async fn forget(&self, model: Model, number: u64) -> Result<(), sqlx::Error> {
        let query = sqlx::query("DELETE FROM generations WHERE model = ? AND number = ? AND state <> 'live'");
        query.bind(model.name()).bind(number.cast_signed()).execute(&mut *self.connection().await).await?;
        Ok(())
    }
}

/// The number of the live generation.
pub(super) async fn live(on: &mut SqliteConnection, model: Model) -> Result<Option<u64>, sqlx::Error> {
    let query = "SELECT number FROM generations WHERE model = ? AND state = 'live'";
    Ok(sqlx::query_scalar::<_, i64>(query).bind(model.name()).fetch_optional(on).await?.map(number))
}

/// Notes a new generation in `state`; numbers are never used again.
pub(super) async fn add(on: &mut SqliteConnection, model: Model, state: &str) -> Result<u64, sqlx::Error> {
    let query = "INSERT INTO generations (model, number, state, since, maker)
        SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4 FROM generations WHERE model = ?1 RETURNING number";
    let query = sqlx::query_scalar::<_, i64>(query).bind(model.name()).bind(state).bind(now()).bind(maker());
    Ok(number(query.fetch_one(on).await?))
}

/// The release, and the run of the machine: what another release folded, or what was not durable when the machine
/// stopped, is not gone on with.
pub(super) fn maker() -> String {
    let run = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_else(|_| now().to_string());
    format!("{}@{}", env!("CARGO_PKG_VERSION"), run.trim())
}

/// Milliseconds since 1970, UTC.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn number(stored: i64) -> u64 {
    stored.cast_unsigned()
}
