//! What the items of a batch are checked against: the store, and the items before them in the batch.

use std::collections::{HashMap, HashSet};

use command_side::ports::{ClaimKind, Conflict, Digest, Item};
use domain::{StreamId, UserId, Version};
use serde_json::json;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

/// Versions, claims and keys as they are after the items so far.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) head: u64,
    /// Milliseconds; time never goes back in the log.
    pub(super) last_time: i64,
    versions: HashMap<StreamId, Version>,
    claims: HashMap<(ClaimKind, Digest), UserId>,
    keys: HashSet<(UserId, Digest)>,
}

impl Ledger {
    /// Reads all that `batch` will be checked against.
    pub(super) async fn read(on: &mut SqliteConnection, batch: &[Item]) -> Result<Self, sqlx::Error> {
        let last = "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1";
        let last = sqlx::query(last).fetch_optional(&mut *on).await?;
        let mut ledger = Self::default();
        if let Some(last) = last {
            ledger.head = last.try_get::<i64, _>(0)?.cast_unsigned();
            ledger.last_time = last.try_get(1)?;
        }
        ledger.read_versions(on, batch).await?;
        ledger.read_claims(on, batch).await?;
        ledger.read_keys(on, batch).await?;
        Ok(ledger)
    }

    async fn read_versions(&mut self, on: &mut SqliteConnection, batch: &[Item]) -> Result<(), sqlx::Error> {
        let named = |item: &Item| {
            item.stream.into_iter().chain(item.guards.iter().map(|(stream, _)| *stream)).collect::<Vec<_>>()
        };
        let streams: Vec<_> = batch.iter().flat_map(named).collect::<HashSet<_>>().into_iter().collect();
        let asked: Vec<_> = streams.iter().map(|stream| json!([stream.kind.as_str(), stream.id])).collect();
        let query = "SELECT (SELECT MAX(sequence) FROM events WHERE aggregate_type = json_extract(asked.value, '$[0]')
            AND aggregate_id = json_extract(asked.value, '$[1]')) FROM json_each(?) AS asked ORDER BY asked.key";
        let rows = sqlx::query(query).bind(serde_json::Value::Array(asked).to_string()).fetch_all(on).await?;
        for (stream, row) in streams.into_iter().zip(rows) {
            let version = row.try_get::<Option<i64>, _>(0)?.unwrap_or(0);
            self.versions.insert(stream, version.cast_unsigned());
        }
        Ok(())
    }

    async fn read_claims(&mut self, on: &mut SqliteConnection, batch: &[Item]) -> Result<(), sqlx::Error> {
        for claim in batch.iter().flat_map(|item| &item.claims) {
            let query = sqlx::query("SELECT owner FROM claims WHERE kind = ? AND digest = ?");
            let row = query.bind(claim.kind.as_str()).bind(&claim.digest[..]).fetch_optional(&mut *on).await?;
            if let Some(row) = row {
                self.claims.insert((claim.kind, claim.digest), UserId(row.try_get(0)?));
            }
        }
        Ok(())
    }

    async fn read_keys(&mut self, on: &mut SqliteConnection, batch: &[Item]) -> Result<(), sqlx::Error> {
        for key in batch.iter().flat_map(|item| &item.keys) {
            let query = sqlx::query("SELECT 1 FROM keys_used WHERE user_id = ? AND key = ?");
            let used = query.bind(key.user.0).bind(&key.key[..]).fetch_optional(&mut *on).await?;
            if used.is_some() {
                self.keys.insert((key.user, key.key));
            }
        }
        Ok(())
    }

    /// Whether `item` can be appended; if so the ledger is moved on by it.
    pub(super) fn admit(&mut self, item: &Item) -> Result<(), Conflict> {
        let version = |stream: &StreamId| self.versions.get(stream).copied().unwrap_or(0);
        if item.stream.is_some_and(|stream| version(&stream) != item.expected) {
            return Err(Conflict::Version);
        }
        if let Some((stream, _)) = item.guards.iter().find(|(stream, judged)| version(stream) != *judged) {
            return Err(Conflict::Guard(*stream));
        }
        let taken = |kind, digest, owner| self.claims.get(&(kind, digest)).is_some_and(|held| *held != owner);
        if let Some(claim) = item.claims.iter().find(|claim| taken(claim.kind, claim.digest, claim.owner)) {
            return Err(Conflict::Claim(claim.kind, claim.digest));
        }
        if let Some(key) = item.keys.iter().find(|key| self.keys.contains(&(key.user, key.key))) {
            return Err(Conflict::Key(key.user, key.key));
        }
        self.take_in(item);
        Ok(())
    }

    fn take_in(&mut self, item: &Item) {
        if let Some(stream) = item.stream {
            self.versions.insert(stream, item.expected + item.events.len() as Version);
        }
        self.claims.extend(item.claims.iter().map(|claim| ((claim.kind, claim.digest), claim.owner)));
        self.keys.extend(item.keys.iter().map(|key| (key.user, key.key)));
    }
}
