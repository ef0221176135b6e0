//! Looking up what lies beside the events: idempotency keys, claims, credentials.

use async_trait::async_trait;
use command_side::ports::{Account, ClaimKind, Claims, Credentials, Digest, KeyUse, Keys, Unavailable};
use domain::{StreamId, UserId};
use sqlx::Row as _;
use uuid::Uuid;

use super::{SqliteEventStore, away};

#[async_trait]
impl Keys for SqliteEventStore {
    async fn find(&self, user: UserId, key: Digest) -> Result<Option<KeyUse>, Unavailable> {
        let query = "SELECT request, aggregate_type, aggregate_id, sequence, status FROM keys_used
            WHERE user_id = ? AND key = ?";
        let query = sqlx::query(query).bind(&user.0.as_bytes()[..]).bind(&key[..]);
        let Some(row) = query.fetch_optional(&self.readers).await.map_err(away)? else { return Ok(None) };
        let damaged = |what: &str| Unavailable(format!("an idempotency key has a damaged {what}"));
        let request = row.try_get::<&[u8], _>(0).map_err(away)?.try_into().map_err(|_| damaged("request"))?;
        let kind = row.try_get::<&str, _>(1).map_err(away)?.parse().map_err(|_| damaged("stream"))?;
        let id = row.try_get::<&str, _>(2).map_err(away)?.parse().map_err(|_| damaged("stream"))?;
        let version = row.try_get::<i64, _>(3).map_err(away)?.cast_unsigned();
        let status = row.try_get(4).map_err(away)?;
        Ok(Some(KeyUse { user, key, request, stream: StreamId { kind, id }, version, status }))
    }
}

#[async_trait]
impl Claims for SqliteEventStore {
    async fn owner(&self, kind: ClaimKind, digest: Digest) -> Result<Option<UserId>, Unavailable> {
        let query = sqlx::query("SELECT owner FROM claims WHERE kind = ? AND digest = ?");
        let row = query.bind(kind.as_str()).bind(&digest[..]).fetch_optional(&self.readers).await.map_err(away)?;
        row.map(|row| Ok(UserId(row.try_get::<Uuid, _>(0).map_err(away)?))).transpose()
    }
}

#[async_trait]
impl Credentials for SqliteEventStore {
    async fn of(&self, user: UserId) -> Result<Option<Account>, Unavailable> {
        let query = sqlx::query("SELECT password_hash FROM credentials WHERE user_id = ?");
        let row = query.bind(&user.0.as_bytes()[..]).fetch_optional(&self.readers).await.map_err(away)?;
        row.map(|row| Ok(Account { user, password_hash: row.try_get(0).map_err(away)? })).transpose()
    }
}
