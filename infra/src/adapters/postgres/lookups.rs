//! Looking up what lies beside the events: idempotency keys, claims, credentials.

use async_trait::async_trait;
use command_side::ports::{Account, ClaimKind, Claims, Credentials, Digest, KeyUse, Keys, Unavailable};
use domain::{StreamId, UserId};
use sqlx::postgres::PgRow;
use sqlx::{Error, Row as _};

use super::PostgresEventStore;
use super::failure::away;
use super::rows::{damaged, digest, number, parsed};

#[async_trait]
impl Keys for PostgresEventStore {
    async fn find(&self, user: UserId, key: Digest) -> Result<Option<KeyUse>, Unavailable> {
        let query = "SELECT request, aggregate_type, aggregate_id, sequence, status, changed FROM keys_used
            WHERE user_id = $1 AND key = $2";
        let row = self.one(sqlx::query(query).bind(user.0).bind(&key[..])).await?;
        row.map(|row| key_use(user, key, &row)).transpose().map_err(|error| away(&error))
    }
}

fn key_use(user: UserId, key: Digest, row: &PgRow) -> Result<KeyUse, Error> {
    Ok(KeyUse {
        user,
        key,
        request: digest(row, 0)?,
        stream: StreamId { kind: parsed(row.try_get(1)?)?, id: parsed(row.try_get(2)?)? },
        version: number(row, 3)?,
        status: row.try_get::<i16, _>(4)?.try_into().map_err(damaged)?,
        changed: row.try_get(5)?,
    })
}

#[async_trait]
impl Claims for PostgresEventStore {
    async fn owner(&self, kind: ClaimKind, digest: Digest) -> Result<Option<UserId>, Unavailable> {
        let query = sqlx::query("SELECT owner FROM claims WHERE kind = $1 AND digest = $2");
        let row = self.one(query.bind(kind.as_str()).bind(&digest[..])).await?;
        row.map(|row| row.try_get(0).map(UserId)).transpose().map_err(|error| away(&error))
    }
}

#[async_trait]
impl Credentials for PostgresEventStore {
    async fn of(&self, user: UserId) -> Result<Option<Account>, Unavailable> {
        let query = sqlx::query("SELECT password_hash FROM credentials WHERE user_id = $1");
        let row = self.one(query.bind(user.0)).await?;
        let account = row.map(|row| Ok(Account { user, password_hash: row.try_get(0)? }));
        account.transpose().map_err(|error: Error| away(&error))
    }

    async fn rehash(&self, known: &Account, hash: &str) -> Result<(), Unavailable> {
        let update = "UPDATE credentials SET password_hash = $1 WHERE user_id = $2 AND password_hash = $3";
        let update = sqlx::query(update).bind(hash).bind(known.user.0).bind(&known.password_hash);
        self.one(update).await.map(|_| ())
    }
}

impl PostgresEventStore {
    /// What tells which other part of this name belongs to this store, if that is known.
    pub(in crate::adapters) async fn identity(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let row = self.one(sqlx::query("SELECT value FROM identity WHERE name = $1").bind(name)).await?;
        row.map(|row| row.try_get(0)).transpose().map_err(|error: Error| away(&error))
    }

    /// Says which other part of this name belongs to this store from now on, unless that is said; gives what is said then.
    pub(in crate::adapters) async fn identify(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let insert = "INSERT INTO identity (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        self.one(sqlx::query(insert).bind(name).bind(value)).await?;
        self.identity(name).await?.ok_or_else(|| Unavailable("what was written is not there".to_owned()))
    }
}
