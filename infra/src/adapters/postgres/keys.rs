//! The keys of personal data, in a database of their own.

use std::collections::HashMap;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::UserId;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{Connection as _, Error, Row as _};
use tokio::time::timeout;
use uuid::Uuid;

use super::{OpenError, PATIENCE, connect, rows};
use crate::adapters::migrate::Migrate;
use crate::adapters::vault::{Key, KeyStore};

/// A database of keys.
pub struct PostgresKeys(PgPool);

impl PostgresKeys {
    /// Connects to the database at `url`.
    ///
    /// # Errors
    /// It is away, refuses, or its schema is not of this release.
    pub async fn connect(url: &str, migrate: Migrate) -> Result<Self, OpenError> {
        let options = connect::options(url)?;
        let mut connection = connect::open(&connect::migrating(&options)).await?;
        migrate.sql(&mut connection, sqlx::migrate!("migrations/postgres_keys"), "keys").await?;
        connection.close().await.ok();
        Ok(Self(connect::pool(&options)))
    }
}

async fn bounded<T>(statement: impl Future<Output = Result<T, Error>>) -> Result<T, Unavailable> {
    match timeout(PATIENCE, statement).await {
        Ok(outcome) => outcome.map_err(away),
        Err(_) => Err(Unavailable("the keys: no answer".to_owned())),
    }
}

fn away(error: Error) -> Unavailable {
    Unavailable(format!("the keys: {error}"))
}

#[async_trait]
impl KeyStore for PostgresKeys {
    async fn read(&self, subjects: &[UserId]) -> Result<HashMap<UserId, Key>, Unavailable> {
        let asked: Vec<_> = subjects.iter().map(|subject| subject.0).collect();
        let query = sqlx::query("SELECT subject, key FROM subject_keys WHERE subject = ANY($1)").bind(asked);
        let rows = bounded(query.fetch_all(&self.0)).await?;
        rows.iter().map(key).collect::<Result<_, _>>().map_err(away)
    }

    async fn create(&self, subject: UserId, key: Key) -> Result<(), Unavailable> {
        let insert = "INSERT INTO subject_keys (subject, key, created_at)
            VALUES ($1, $2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) ON CONFLICT (subject) DO NOTHING";
        bounded(sqlx::query(insert).bind(subject.0).bind(&key[..]).execute(&self.0)).await.map(|_| ())
    }

    /// Old pages, the write-ahead log and backups may hold it for a while: backups of this database are kept at most 30 days.
    async fn destroy(&self, subject: UserId) -> Result<(), Unavailable> {
        let delete = sqlx::query("DELETE FROM subject_keys WHERE subject = $1").bind(subject.0);
        bounded(delete.execute(&self.0)).await.map(|_| ())
    }

    async fn identity(&self) -> Result<Option<Vec<u8>>, Unavailable> {
        bounded(sqlx::query_scalar("SELECT value FROM identity WHERE name = 'keys'").fetch_optional(&self.0)).await
    }

    async fn identify(&self, value: &[u8]) -> Result<(), Unavailable> {
        let insert = "INSERT INTO identity (name, value) VALUES ('keys', $1) ON CONFLICT (name) DO NOTHING";
        bounded(sqlx::query(insert).bind(value).execute(&self.0)).await.map(|_| ())
    }

    async fn is_empty(&self) -> Result<bool, Unavailable> {
        bounded(sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM subject_keys)").fetch_one(&self.0)).await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

fn key(row: &PgRow) -> Result<(UserId, Key), Error> {
    Ok((UserId(row.try_get::<Uuid, _>(0)?), rows::digest(row, 1)?))
}
