//! A read model in a file, so that several processes can keep it. It keeps what it was given, and takes nothing twice.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, Event, EventId, StreamId};
use projections::ports::{
    Checkpoint, Commit, CommitError, Meter, Parked, Partition, Projection, ReadModel, Unavailable, Unprojectable,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{Connection as _, Row as _};
use uuid::Uuid;

/// That an event was seen.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    position: u64,
    stream: StreamId,
    version: u64,
}

/// Sees every event.
pub(super) struct Seeing;

impl Projection for Seeing {
    type Change = Seen;
    const NAME: &'static str = "seen";

    fn project(event: &Envelope<Event>) -> Result<Vec<Seen>, Unprojectable> {
        Ok(vec![Seen { position: event.position, stream: event.stream, version: event.version }])
    }
}

/// Does not listen.
pub(super) struct Deaf;

impl Meter for Deaf {
    fn lag(&self, _model: &'static str, _events: u64, _seconds: f64) {}
    fn parked(&self, _model: &'static str, _streams: u64) {}
}

pub(super) struct FileModel(SqlitePool);

impl FileModel {
    pub(super) async fn open(path: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal).busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.expect("a model");
        let tables = "CREATE TABLE IF NOT EXISTS checkpoints
                (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL, position INTEGER NOT NULL, event_id BLOB);
            CREATE TABLE IF NOT EXISTS seen
                (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, UNIQUE (stream, version));
            CREATE TABLE IF NOT EXISTS parked (kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
                position INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (kind, id))";
        sqlx::raw_sql(tables).execute(&pool).await.expect("tables");
        Self(pool)
    }

    /// How many events were seen.
    pub(super) async fn count(&self) -> u64 {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM seen").fetch_one(&self.0).await.expect("a count");
        count.cast_unsigned()
    }

    async fn keep(&self, commit: Commit<Seen>) -> Result<Result<(), CommitError>, sqlx::Error> {
        let mut connection = self.0.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let at = checkpoint(&mut transaction, commit.partition).await?;
        if at != commit.from {
            return Ok(Err(CommitError::Moved(at.position)));
        }
        for Seen { position, stream, version } in commit.changes {
            sqlx::query("INSERT INTO seen VALUES (?, ?, ?)")
                .bind(position.cast_signed())
                .bind(stream.to_string())
                .bind(version.cast_signed())
                .execute(&mut *transaction)
                .await?;
        }
        for Parked { stream, version, position, why } in commit.parked {
            sqlx::query("REPLACE INTO parked VALUES (?, ?, ?, ?, ?)")
                .bind(stream.kind.as_str())
                .bind(stream.id.to_string())
                .bind(version.cast_signed())
                .bind(position.cast_signed())
                .bind(why)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query("REPLACE INTO checkpoints VALUES (?, ?, ?, ?)")
            .bind(commit.partition)
            .bind(commit.to.offset.cast_signed())
            .bind(commit.to.position.cast_signed())
            .bind(commit.to.event_id.map(|id| id.0.as_bytes().to_vec()))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Ok(()))
    }
}

async fn checkpoint(on: &mut SqliteConnection, partition: Partition) -> Result<Checkpoint, sqlx::Error> {
    let query = "SELECT next, position, event_id FROM checkpoints WHERE partition = ?";
    let Some(row) = sqlx::query(query).bind(partition).fetch_optional(on).await? else {
        return Ok(Checkpoint::default());
    };
    let event_id: Option<Vec<u8>> = row.try_get(2)?;
    let event_id = event_id.map(|id| EventId(Uuid::from_slice(&id).expect("an id")));
    let number = |index: usize| row.try_get::<i64, _>(index).map(i64::cast_unsigned);
    Ok(Checkpoint { offset: number(0)?, position: number(1)?, event_id })
}

#[async_trait]
impl ReadModel<Seen> for FileModel {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        let mut connection = self.0.acquire().await.map_err(|error| Unavailable(error.to_string()))?;
        checkpoint(&mut connection, partition).await.map_err(|error| Unavailable(error.to_string()))
    }

    async fn commit(&self, commit: Commit<Seen>) -> Result<(), CommitError> {
        // What is there twice is refused, and then it is missing in the end.
        self.keep(commit).await.map_err(|error| CommitError::Rejected(error.to_string()))?
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        let query = sqlx::query("SELECT kind, id, version, position, why FROM parked");
        let rows = query.fetch_all(&self.0).await.map_err(|error| Unavailable(error.to_string()))?;
        let parked = |row: &SqliteRow| Parked {
            stream: StreamId {
                kind: row.get::<&str, _>(0).parse().expect("a kind"),
                id: row.get::<&str, _>(1).parse().expect("an id"),
            },
            version: row.get::<i64, _>(2).cast_unsigned(),
            position: row.get::<i64, _>(3).cast_unsigned(),
            why: row.get(4),
        };
        Ok(rows.iter().map(parked).collect())
    }
}
