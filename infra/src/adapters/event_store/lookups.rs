//! Looking up what lies beside the events: idempotency keys, claims, credentials.

use async_trait::async_trait;
use command_side::ports::{Account, ClaimKind, Claims, Credentials, Digest, KeyUse, Keys, Unavailable};
use domain::{StreamId, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Error, Row as _};

use super::SqliteEventStore;
use super::failure::away;
use super::rows::parsed;

#[async_trait]
impl Keys for SqliteEventStore {
    async fn find(&self, user: UserId, key: Digest) -> Result<Option<KeyUse>, Unavailable> {
        let query = "SELECT request, aggregate_type, aggregate_id, sequence, status, changed FROM keys_used
            WHERE user_id = ? AND key = ?";
        let row = self.one(sqlx::query(query).bind(user.0).bind(&key[..])).await?;
        row.map(|row| key_use(user, key, &row)).transpose().map_err(|error| away(&error))
    }
}

fn key_use(user: UserId, key: Digest, row: &SqliteRow) -> Result<KeyUse, Error> {
    let request = row.try_get::<&[u8], _>(0)?.try_into();
    Ok(KeyUse {
        user,
        key,
        request: request.map_err(|_| Error::Decode("a request's digest is not 32 bytes".into()))?,
        stream: StreamId { kind: parsed(row.try_get(1)?)?, id: parsed(row.try_get(2)?)? },
        version: row.try_get::<i64, _>(3)?.cast_unsigned(),
        status: row.try_get(4)?,
        changed: row.try_get(5)?,
    })
}

#[async_trait]
impl Claims for SqliteEventStore {
    async fn owner(&self, kind: ClaimKind, digest: Digest) -> Result<Option<UserId>, Unavailable> {
        let query = sqlx::query("SELECT owner FROM claims WHERE kind = ? AND digest = ?");
        let row = self.one(query.bind(kind.as_str()).bind(&digest[..])).await?;
        row.map(|row| row.try_get(0).map(UserId)).transpose().map_err(|error| away(&error))
    }
}

#[async_trait]
impl Credentials for SqliteEventStore {
    async fn of(&self, user: UserId) -> Result<Option<Account>, Unavailable> {
        let query = sqlx::query("SELECT password_hash FROM credentials WHERE user_id = ?");
        let row = self.one(query.bind(user.0)).await?;
        let account = row.map(|row| Ok(Account { user, password_hash: row.try_get(0)? }));
        account.transpose().map_err(|error: Error| away(&error))
    }

    async fn rehash(&self, known: &Account, hash: &str) -> Result<(), Unavailable> {
        let update = "UPDATE credentials SET password_hash = ? WHERE user_id = ? AND password_hash = ?";
        let update = sqlx::query(update).bind(hash).bind(known.user.0).bind(&known.password_hash);
        self.change(update).await.map(|_| ())
    }
}

impl SqliteEventStore {
    /// What tells which file of this name belongs to this store, if that is known.
    pub(in crate::adapters) async fn identity(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let row = self.one(sqlx::query("SELECT value FROM identity WHERE name = ?").bind(name)).await?;
        row.map(|row| row.try_get(0)).transpose().map_err(|error: Error| away(&error))
    }

    /// Says which file of this name belongs to this store from now on, unless that is said; gives what is said then.
    pub(in crate::adapters) async fn identify(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let insert = sqlx::query("INSERT INTO identity (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING");
        self.change(insert.bind(name).bind(value)).await?;
        self.identity(name).await?.ok_or_else(|| Unavailable("what was written is not there".to_owned()))
    }
}
