//! The event store on PostgreSQL, with credentials, sessions, claims and idempotency keys beside the events.

mod adoption;
mod append;
mod connect;
mod deleted;
mod endings;
mod failure;
mod halt;
mod history;
mod keys;
mod listen;
mod log;
mod lookups;
mod notice;
mod older_rooms;
mod people;
mod processes;
mod relay;
mod rows;
mod seals;
mod sessions;
mod snapshots;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use command_side::ports::Unavailable;
use domain::Position;
use sqlx::Connection as _;
use sqlx::postgres::{PgArguments, PgPool, PgRow, Postgres};
use sqlx::query::Query;
use tokio::sync::watch;
use tokio::time::timeout;

pub use endings::follow_endings;
pub use halt::tell_halt;
pub use keys::PostgresKeys;
pub use listen::listen;
pub use log::PostgresLog;
pub use notice::PostgresNotice;
pub use processes::PostgresTurns;
pub use relay::PostgresLease;
pub use seals::seal_log;
pub use sessions::{PostgresSessions, forget_sessions};
pub use snapshots::write_snapshots;

use super::migrate::Migrate;
use super::opening::NotYet;
use super::unwritten::Unwritten;
use append::Appending;
use failure::away;

/// How long one statement is waited for: longer than the server lets it run, so that its own word comes first.
const PATIENCE: Duration = Duration::from_secs(6);

/// Why a store can not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// A statement and what is bound to it.
type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// The event store.
pub struct PostgresEventStore {
    pool: PgPool,
    appending: Appending,
    /// For the repository.
    loaders: PgPool,
    repository: postgres_es::PostgresEventRepository,
    /// The newest position that is known here; changes wake whoever reads the log.
    head: watch::Sender<Position>,
    /// Whether it is told here of what others append.
    is_told: AtomicBool,
    unwritten: Unwritten,
}

impl PostgresEventStore {
    /// Connects to the database at `url`.
    ///
    /// # Errors
    /// It is away, refuses, or its schema is not of this release.
    pub async fn connect(url: &str, migrate: Migrate) -> Result<Arc<Self>, OpenError> {
        let options = connect::options(url)?;
        let mut connection = connect::open(&connect::migrating(&options)).await?;
        migrate.sql(&mut connection, sqlx::migrate!("migrations/postgres_events"), "event store").await?;
        connection.close().await.ok();
        let (pool, loaders) = (connect::pool(&options), connect::loaders(&options));
        let store = Arc::new(Self {
            pool,
            appending: Appending::new(options),
            repository: postgres_es::PostgresEventRepository::new(loaders.clone()),
            loaders,
            head: watch::Sender::default(),
            is_told: AtomicBool::new(false),
            unwritten: Unwritten::holding(snapshots::MOST),
        });
        store.look().await.map_err(NotYet::from)?;
        Ok(store)
    }

    /// Connections for statements of one's own.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The newest position that is known here, as it moves on: as long as [`listen()`] runs, all that are appended.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), Unavailable> {
        self.one(sqlx::query("SELECT 1")).await.map(|_| ())
    }

    /// Looks up the newest position.
    ///
    /// # Errors
    /// The database is away.
    pub async fn look(&self) -> Result<Position, Unavailable> {
        let row = self.one(sqlx::query("SELECT position FROM events ORDER BY position DESC LIMIT 1")).await?;
        let found = row.map_or(Ok(0), |row| rows::number(&row, 0)).map_err(|error| away(&error))?;
        self.raise(found);
        Ok(found)
    }

    fn raise(&self, found: Position) {
        self.head.send_if_modified(|head| {
            let is_news = found > *head;
            *head = found.max(*head);
            is_news
        });
    }

    /// Writes what has gathered and lets go of the database.
    pub async fn close(&self) {
        if let Err(why) = self.write_snapshots().await {
            tracing::warn!(%why, "snapshots were not written");
        }
        self.pool.close().await;
        self.loaders.close().await;
    }

    async fn all(&self, statement: Statement<'_>) -> Result<Vec<PgRow>, Unavailable> {
        bounded(statement.fetch_all(&self.pool)).await
    }

    async fn one(&self, statement: Statement<'_>) -> Result<Option<PgRow>, Unavailable> {
        bounded(statement.fetch_optional(&self.pool)).await
    }
}

/// What a statement gives, if it does so in time.
async fn bounded<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Unavailable> {
    match timeout(PATIENCE, statement).await {
        Ok(outcome) => outcome.map_err(|error| away(&error)),
        Err(_) => Err(Unavailable("the event store does not answer".to_owned())),
    }
}
