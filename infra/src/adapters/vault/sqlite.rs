//! The keys in a file of their own.

use std::collections::HashMap;
use std::path::Path;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::UserId;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{Error, Row as _};
use uuid::Uuid;

use super::cipher::Key;
use super::{KeyStore, OpenError};
use crate::adapters::event_store::connect;
use crate::adapters::write_ahead::{self, Emptying};

/// A file of keys.
pub(super) struct SqliteKeys {
    /// Nobody writes beside the process that serves.
    writer: Option<SqlitePool>,
    readers: SqlitePool,
    emptying: Emptying,
}

impl SqliteKeys {
    pub(super) async fn open(path: &Path) -> Result<Self, OpenError> {
        let options = connect::writing(path)?.pragma("cache_size", "-256").pragma("secure_delete", "ON");
        let writer = SqlitePoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let writer = writer.connect_with(options).await?;
        sqlx::migrate!("migrations/keys").run(&writer).await?;
        Ok(Self { writer: Some(writer), readers: connect::readers(path, 2), emptying: Emptying::of(path) })
    }

    /// To read the file beside the process that serves it: nothing is made, migrated or written.
    pub(super) fn open_beside(path: &Path) -> Self {
        Self { writer: None, readers: connect::readers(path, 2), emptying: Emptying::of(path) }
    }

    fn writer(&self) -> Result<&SqlitePool, Unavailable> {
        self.writer.as_ref().ok_or_else(|| Unavailable("the keys are open for reading only".to_owned()))
    }
}

#[async_trait]
impl KeyStore for SqliteKeys {
    async fn read(&self, subjects: &[UserId]) -> Result<HashMap<UserId, Key>, Unavailable> {
        let asked: Vec<_> = subjects.iter().map(|subject| subject.0.simple().to_string()).collect();
        let asked = serde_json::to_string(&asked).map_err(|error| away(Error::Encode(error.into())))?;
        let query = "SELECT held.subject, held.key FROM json_each(?) AS asked JOIN subject_keys AS held ON held.subject = unhex(asked.value)";
        let rows = sqlx::query(query).bind(asked).fetch_all(&self.readers).await.map_err(away)?;
        rows.iter().map(key).collect::<Result<_, _>>().map_err(away)
    }

    async fn create(&self, subject: UserId, key: Key) -> Result<(), Unavailable> {
        let insert = "INSERT INTO subject_keys (subject, key, created_at) VALUES (?, ?, unixepoch() * 1000)
            ON CONFLICT (subject) DO NOTHING";
        let insert = sqlx::query(insert).bind(subject.0).bind(key.to_vec());
        insert.execute(self.writer()?).await.map(|_| ()).map_err(away)
    }

    /// It is taken out of the write-ahead log too.
    async fn destroy(&self, subject: UserId) -> Result<(), Unavailable> {
        let mut writer = self.writer()?.acquire().await.map_err(away)?;
        let delete = sqlx::query("DELETE FROM subject_keys WHERE subject = ?").bind(subject.0);
        delete.execute(&mut *writer).await.map_err(away)?;
        if !write_ahead::empty_patiently(&mut writer).await.map_err(away)? {
            self.emptying.begin(&mut writer).await;
        }
        Ok(())
    }

    async fn identity(&self) -> Result<Option<Vec<u8>>, Unavailable> {
        let query = sqlx::query_scalar("SELECT value FROM identity WHERE name = 'keys'");
        query.fetch_optional(&self.readers).await.map_err(away)
    }

    async fn identify(&self, value: &[u8]) -> Result<(), Unavailable> {
        let insert = sqlx::query("INSERT INTO identity (name, value) VALUES ('keys', ?)").bind(value);
        insert.execute(self.writer()?).await.map(|_| ()).map_err(away)
    }

    async fn is_empty(&self) -> Result<bool, Unavailable> {
        let query = sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM subject_keys)");
        query.fetch_one(&self.readers).await.map_err(away)
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

fn key(row: &SqliteRow) -> Result<(UserId, Key), Error> {
    let damaged = |_| Error::Decode("a key is not 32 bytes".into());
    let key = row.try_get::<&[u8], _>(1)?.try_into().map_err(damaged)?;
    Ok((UserId(row.try_get::<Uuid, _>(0)?), key))
}

fn away(error: Error) -> Unavailable {
    Unavailable(format!("the keys: {error}"))
}
