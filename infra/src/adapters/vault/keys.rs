//! The keys in their file, and the few that are in memory.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use command_side::ports::Unavailable;
use domain::UserId;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::{Error, Row as _};
use uuid::Uuid;

use super::OpenError;
use super::cipher::{Key, new_key};
use crate::adapters::event_store::connect;

/// How long a key is kept in memory: so long one that was destroyed elsewhere may still be used here.
const LIFE: Duration = Duration::from_secs(60);
/// How many keys are kept in memory, at some 100 bytes each.
const MOST: usize = 50_000;
/// How many are expected.
const USUALLY: usize = 1_000;

/// The keys of some subjects; those that are asked for and not in it have none.
pub(super) struct KeyRing(Vec<(UserId, Option<Key>)>);

impl KeyRing {
    pub(super) fn get(&self, subject: UserId) -> Option<&Key> {
        let index = self.0.binary_search_by_key(&subject, |(subject, _)| *subject).ok()?;
        self.0[index].1.as_ref()
    }
}

/// All keys.
pub(super) struct Keys {
    writer: SqlitePool,
    readers: SqlitePool,
    /// With the moment at which it was read; `None` is known to have no key.
    known: Cache<UserId, (Instant, Option<Key>)>,
}

impl Keys {
    pub(super) async fn open(path: &Path) -> Result<Self, OpenError> {
        let options = connect::writing(path)?.pragma("cache_size", "-256").pragma("secure_delete", "ON");
        let writer = SqlitePoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let writer = writer.connect_with(options).await?;
        sqlx::migrate!("migrations/keys").run(&writer).await?;
        let known = Cache::with_weighter(USUALLY, MOST as u64, UnitWeighter);
        Ok(Self { writer, readers: connect::readers(path, 2), known })
    }

    /// The keys of `subjects`; one read for all that are not in memory. Whoever `needs` them has those read again that were not
    /// there before.
    pub(super) async fn of(&self, mut subjects: Vec<UserId>, needs: bool) -> Result<KeyRing, Unavailable> {
        subjects.sort_unstable();
        subjects.dedup();
        let known = |subject| (subject, self.in_memory(subject).filter(|key| key.is_some() || !needs));
        let mut ring: Vec<_> = subjects.into_iter().map(known).collect();
        let unknown: Vec<_> = ring.iter().filter(|(_, known)| known.is_none()).map(|(subject, _)| *subject).collect();
        if !unknown.is_empty() {
            let read = self.read(&unknown).await.map_err(away)?;
            for (subject, known) in ring.iter_mut().filter(|(_, known)| known.is_none()) {
                let key = read.get(subject).copied();
                self.known.insert(*subject, (Instant::now(), key));
                *known = Some(key);
            }
        }
        Ok(KeyRing(ring.into_iter().map(|(subject, known)| (subject, known.flatten())).collect()))
    }

    fn in_memory(&self, subject: UserId) -> Option<Option<Key>> {
        self.known.get(&subject).filter(|(since, _)| since.elapsed() < LIFE).map(|(_, key)| key)
    }

    async fn read(&self, subjects: &[UserId]) -> Result<HashMap<UserId, Key>, Error> {
        let asked: Vec<_> = subjects.iter().map(|subject| subject.0.simple().to_string()).collect();
        let asked = serde_json::to_string(&asked).map_err(|error| Error::Encode(error.into()))?;
        let query = "SELECT held.subject, held.key FROM json_each(?) AS asked JOIN subject_keys AS held ON held.subject = unhex(asked.value)";
        let rows = sqlx::query(query).bind(asked).fetch_all(&self.readers).await?;
        let damaged = |_| Error::Decode("a key is not 32 bytes".into());
        let key = |row: sqlx::sqlite::SqliteRow| {
            let key = row.try_get::<&[u8], _>(1)?.try_into().map_err(damaged)?;
            Ok((UserId(row.try_get::<Uuid, _>(0)?), key))
        };
        rows.into_iter().map(key).collect()
    }

    /// Makes a key, unless there is one. Whatever is remembered of the subject is forgotten: that there was none.
    pub(super) async fn create(&self, subject: UserId) -> Result<(), Unavailable> {
        let insert = "INSERT INTO subject_keys (subject, key, created_at) VALUES (?, ?, unixepoch() * 1000)
            ON CONFLICT (subject) DO NOTHING";
        let insert = sqlx::query(insert).bind(subject.0).bind(new_key()?.to_vec());
        insert.execute(&self.writer).await.map_err(away)?;
        self.known.remove(&subject);
        Ok(())
    }

    /// Deletes a key; the checkpoint takes it out of the write-ahead log too.
    pub(super) async fn destroy(&self, subject: UserId) -> Result<(), Unavailable> {
        let delete = sqlx::query("DELETE FROM subject_keys WHERE subject = ?").bind(subject.0);
        delete.execute(&self.writer).await.map_err(away)?;
        self.known.remove(&subject);
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await.map_err(away)?;
        Ok(())
    }

    /// What tells which event store the keys belong to, if that is known.
    pub(super) async fn identity(&self) -> Result<Option<Vec<u8>>, Unavailable> {
        let query = sqlx::query_scalar("SELECT value FROM identity WHERE name = 'keys'");
        query.fetch_optional(&self.readers).await.map_err(away)
    }

    /// Says which event store the keys belong to, from now on.
    pub(super) async fn identify(&self, value: &[u8]) -> Result<(), Unavailable> {
        let insert = sqlx::query("INSERT INTO identity (name, value) VALUES ('keys', ?)").bind(value);
        insert.execute(&self.writer).await.map(|_| ()).map_err(away)
    }

    /// Whether there is no key.
    pub(super) async fn is_empty(&self) -> Result<bool, Unavailable> {
        let query = sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM subject_keys)");
        query.fetch_one(&self.readers).await.map_err(away)
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn away(error: Error) -> Unavailable {
    Unavailable(format!("the keys: {error}"))
}
