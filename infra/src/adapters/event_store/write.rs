//! Writing a batch: one transaction, one fsync.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use command_side::ports::{AppendError, Appended, Claim, Conflict, Credential, Item, KeyUse};
use domain::stored::NewEvent;
use domain::{StreamId, Timestamp, Version};
use sqlx::Executor as _;
use sqlx::sqlite::SqliteConnection;

use super::ledger::Ledger;
use super::metadata;
use crate::adapters::bulk::Bulk;

static EVENTS: LazyLock<Bulk> = LazyLock::new(|| {
    let head = "INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, recorded_at, subject, event_id, hash) VALUES";
    Bulk::new(head, 12, "")
});
static KEYS: LazyLock<Bulk> = LazyLock::new(|| {
    let head = "INSERT INTO keys_used (user_id, key, request, aggregate_type, aggregate_id, sequence, status) VALUES";
    Bulk::new(head, 7, "")
});

/// An event and where it comes to stand.
struct Placed<'a> {
    position: u64,
    stream: StreamId,
    version: Version,
    recorded_at: i64,
    event: &'a NewEvent,
}

/// Appends what can be appended.
pub(super) async fn write(
    on: &mut SqliteConnection,
    batch: &[Item],
) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
    on.execute("BEGIN IMMEDIATE").await.map_err(|error| away(&error))?;
    match inside(on, batch).await {
        Ok(answers) => commit(on).await.map(|()| answers),
        Err(error) => {
            // A statement that failed for lack of space may have rolled back by itself: then there is nothing to undo.
            on.execute("ROLLBACK").await.ok();
            Err(refused(&error))
        }
    }
}

async fn inside(on: &mut SqliteConnection, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, sqlx::Error> {
    let mut ledger = Ledger::read(on, batch).await?;
    let recorded_at = now().max(ledger.last_time);
    let mut answers = Vec::with_capacity(batch.len());
    let (mut placed, mut admitted) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
    for item in batch {
        let answer = ledger.admit(item).map(|()| {
            let position = ledger.head + 1;
            place(&mut ledger.head, item, recorded_at, &mut placed);
            admitted.push(item);
            Appended { position, recorded_at: Timestamp(recorded_at) }
        });
        answers.push(answer);
    }
    insert_events(on, &placed).await?;
    let keys: Vec<_> = admitted.iter().flat_map(|item| &item.keys).collect();
    insert_keys(on, &keys).await?;
    for item in &admitted {
        for claim in &item.claims {
            take(on, claim).await?;
        }
        for credential in &item.credentials {
            set(on, credential).await?;
        }
    }
    Ok(answers)
}

fn place<'a>(head: &mut u64, item: &'a Item, recorded_at: i64, placed: &mut Vec<Placed<'a>>) {
    let Some(stream) = item.stream else { return };
    for (index, event) in item.events.iter().enumerate() {
        *head += 1;
        let version = item.expected + 1 + index as Version;
        placed.push(Placed { position: *head, stream, version, recorded_at, event });
    }
}

async fn insert_events(on: &mut SqliteConnection, placed: &[Placed<'_>]) -> Result<(), sqlx::Error> {
    EVENTS
        .insert(on, placed, |query, row| {
            let raw = &row.event.raw;
            query
                .bind(row.position.cast_signed())
                .bind(row.stream.kind.as_str())
                .bind(row.stream.id.hyphenated().to_string())
                .bind(row.version.cast_signed())
                .bind(raw.event_type.as_str())
                .bind(raw.schema_version.to_string())
                .bind(raw.json.as_str())
                .bind(metadata::write(&row.event.actor))
                .bind(row.recorded_at)
                .bind(&raw.subject.as_bytes()[..])
                .bind(&row.event.event_id.0.as_bytes()[..])
                .bind(&raw.hash.0[..])
        })
        .await
}

async fn insert_keys(on: &mut SqliteConnection, keys: &[&KeyUse]) -> Result<(), sqlx::Error> {
    KEYS.insert(on, keys, |query, key| {
        query
            .bind(&key.user.0.as_bytes()[..])
            .bind(&key.key[..])
            .bind(&key.request[..])
            .bind(key.stream.kind.as_str())
            .bind(key.stream.id.hyphenated().to_string())
            .bind(key.version.cast_signed())
            .bind(i64::from(key.status))
    })
    .await
}

async fn take(on: &mut SqliteConnection, claim: &Claim) -> Result<(), sqlx::Error> {
    let let_go = sqlx::query("DELETE FROM claims WHERE kind = ? AND owner = ?");
    let_go.bind(claim.kind.as_str()).bind(&claim.owner.0.as_bytes()[..]).execute(&mut *on).await?;
    let take = sqlx::query("INSERT INTO claims (kind, digest, owner) VALUES (?, ?, ?)");
    take.bind(claim.kind.as_str()).bind(&claim.digest[..]).bind(&claim.owner.0.as_bytes()[..]).execute(on).await?;
    Ok(())
}

async fn set(on: &mut SqliteConnection, credential: &Credential) -> Result<(), sqlx::Error> {
    let set = "INSERT INTO credentials (user_id, password_hash) VALUES (?, ?)
        ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash";
    let set = sqlx::query(set).bind(&credential.user.0.as_bytes()[..]).bind(credential.password_hash.as_str());
    set.execute(on).await?;
    Ok(())
}

/// The commit is where it becomes durable. What SQLite itself rolled back is known not to be there.
async fn commit(on: &mut SqliteConnection) -> Result<(), AppendError> {
    let Err(error) = on.execute("COMMIT").await else { return Ok(()) };
    match on.execute("ROLLBACK").await {
        Ok(_) => Err(refused(&error)),
        Err(_) => Err(AppendError::Unknown(error.to_string())),
    }
}

fn refused(error: &sqlx::Error) -> AppendError {
    let constraint = error.as_database_error().is_some_and(|error| {
        error.is_unique_violation() || error.is_check_violation() || error.is_foreign_key_violation()
    });
    if constraint { AppendError::Rejected(error.to_string()) } else { away(error) }
}

fn away(error: &sqlx::Error) -> AppendError {
    AppendError::Unavailable(error.to_string())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
