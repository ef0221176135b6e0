//! Writing what was judged: one statement a table, as long as the batch is not larger than usual.

use std::sync::LazyLock;

use domain::StreamId;
use sqlx::Error;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::batch::Judged;
use crate::adapters::bulk::Bulk;
use crate::adapters::metadata;

const EVENT_COLUMNS: &str =
    "position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
    recorded_at, subject, event_id, hash";
static EVENTS: LazyLock<Bulk> = LazyLock::new(|| Bulk::new("events", EVENT_COLUMNS, ""));
static KEYS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("keys_used", "user_id, key, request, aggregate_type, aggregate_id, sequence, status, changed", "")
});
/// The claim of another is no conflict of this kind and fails.
static CLAIMS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("claims", "kind, digest, owner", "ON CONFLICT (kind, owner) DO UPDATE SET digest = excluded.digest")
});
static CREDENTIALS: LazyLock<Bulk> = LazyLock::new(|| {
    let newest = "ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash";
    Bulk::new("credentials", "user_id, password_hash", newest)
});

/// Inserts everything that is to be written of `judged`.
pub(super) async fn insert(on: &mut SqliteConnection, judged: &Judged<'_>) -> Result<(), Error> {
    CLAIMS
        .insert(on, &judged.claims, |row, claim| {
            row.bind(claim.kind.as_str()).bind(&claim.digest[..]).bind(claim.owner.0)
        })
        .await?;
    CREDENTIALS
        .insert(on, &judged.credentials, |row, credential| {
            row.bind(credential.user.0).bind(credential.password_hash.as_str())
        })
        .await?;
    // Behind what an account has besides: its end takes that away.
    events(on, judged).await?;
    keys(on, judged).await
}

async fn events(on: &mut SqliteConnection, judged: &Judged<'_>) -> Result<(), Error> {
    EVENTS
        .insert(on, &judged.events, |row, placed| {
            let raw = &placed.event.raw;
            row.bind(placed.position.cast_signed())
                .bind(placed.stream.kind.as_str())
                .bind(id_text(placed.stream))
                .bind(placed.version.cast_signed())
                .bind(raw.event_type.as_str())
                .bind(raw.schema_version.to_string())
                .bind(raw.json.as_str())
                .bind(metadata::write(&placed.event.actor))
                .bind(placed.recorded_at.0)
                .bind(raw.subject)
                .bind(placed.event.event_id.0)
                .bind(&raw.hash.0[..])
        })
        .await
}

async fn keys(on: &mut SqliteConnection, judged: &Judged<'_>) -> Result<(), Error> {
    KEYS.insert(on, &judged.keys, |row, key| {
        row.bind(key.user.0)
            .bind(&key.key[..])
            .bind(&key.request[..])
            .bind(key.stream.kind.as_str())
            .bind(id_text(key.stream))
            .bind(key.version.cast_signed())
            .bind(key.status)
            .bind(key.changed)
    })
    .await
}

/// As cqrs-es has ids: text.
pub(super) fn id_text(stream: StreamId) -> String {
    stream.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}
