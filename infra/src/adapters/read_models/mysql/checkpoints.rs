//! Where a generation stands, and the fence that keeps it there.

use std::collections::BTreeMap;

use domain::EventId;
use projections::ports::{Checkpoint, Partition};
use sqlx::Row as _;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use uuid::Uuid;

use super::super::sqlite::now;
use crate::adapters::partitions::THE_STORE;

const ALL: &str = "SELECT partition_no, log_offset, position, event_id FROM checkpoints ORDER BY partition_no";
/// In this order: whoever sets the fence waits for those who have begun to commit, and those who begin later see it.
const FENCE: &str = "SELECT until FROM fence WHERE id = 1 FOR UPDATE";
const SHARED_FENCE: &str = "SELECT until FROM fence WHERE id = 1 LOCK IN SHARE MODE";

/// Begins a transaction that moves the checkpoint, unless somebody else did or there is a fence; whether it did.
pub(super) async fn begin(
    on: &mut MySqlConnection,
    partition: Partition,
    from: Checkpoint,
    to: Checkpoint,
) -> Result<bool, sqlx::Error> {
    sqlx::query("START TRANSACTION").execute(&mut *on).await?;
    let until: i64 = sqlx::query_scalar(SHARED_FENCE).fetch_one(&mut *on).await?;
    if until > now() {
        return Ok(false);
    }
    let event_id = to.event_id.map(|id| id.0.as_bytes().to_vec());
    let update = "UPDATE checkpoints SET log_offset = ?, position = ?, event_id = ?
        WHERE partition_no = ? AND position = ? AND log_offset = ?";
    let moved = sqlx::query(update)
        .bind(to.offset.cast_signed())
        .bind(to.position.cast_signed())
        .bind(&event_id)
        .bind(partition)
        .bind(from.position.cast_signed())
        .bind(from.offset.cast_signed())
        .execute(&mut *on)
        .await?;
    if moved.rows_affected() == 1 {
        return Ok(true);
    }
    if from.offset != 0 {
        return Ok(false);
    }
    // A partition of which nothing was read yet goes on from where the store was read to.
    let insert = "INSERT IGNORE INTO checkpoints (partition_no, log_offset, position, event_id)
        SELECT ?, ?, ?, ? FROM DUAL
        WHERE coalesce((SELECT s.position FROM checkpoints s WHERE s.partition_no = ?), 0) = ?";
    let inserted = sqlx::query(insert)
        .bind(partition)
        .bind(to.offset.cast_signed())
        .bind(to.position.cast_signed())
        .bind(&event_id)
        .bind(THE_STORE)
        .bind(from.position.cast_signed())
        .execute(on)
        .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The checkpoint of a partition; one of which nothing was read yet stands where the store was read to.
pub(super) fn of(all: &BTreeMap<Partition, Checkpoint>, partition: Partition) -> Checkpoint {
    let store = all.get(&THE_STORE).copied().unwrap_or_default();
    let inherited = Checkpoint { offset: if partition == THE_STORE { store.offset } else { 0 }, ..store };
    all.get(&partition).copied().filter(|own| own.position >= store.position).unwrap_or(inherited)
}

/// The checkpoints of all partitions that were ever read.
pub(super) async fn all(on: &mut MySqlConnection) -> Result<BTreeMap<Partition, Checkpoint>, sqlx::Error> {
    read(&sqlx::query(ALL).fetch_all(on).await?)
}

/// The same from a pool.
pub(super) async fn look(on: &sqlx::MySqlPool) -> Result<BTreeMap<Partition, Checkpoint>, sqlx::Error> {
    read(&sqlx::query(ALL).fetch_all(on).await?)
}

fn read(rows: &[MySqlRow]) -> Result<BTreeMap<Partition, Checkpoint>, sqlx::Error> {
    let checkpoint = |row: &MySqlRow| {
        let event_id: Option<&[u8]> = row.try_get(3)?;
        let event_id = event_id.map(Uuid::from_slice).transpose();
        let checkpoint = Checkpoint {
            offset: row.try_get::<i64, _>(1)?.cast_unsigned(),
            position: row.try_get::<i64, _>(2)?.cast_unsigned(),
            event_id: event_id.map_err(|error| sqlx::Error::Decode(Box::new(error)))?.map(EventId),
        };
        Ok((row.try_get::<i32, _>(0)?.cast_unsigned(), checkpoint))
    };
    rows.iter().map(checkpoint).collect()
}

/// Whether nobody may write here for the moment.
pub(super) async fn is_fenced(on: &sqlx::MySqlPool) -> Result<bool, sqlx::Error> {
    let until: i64 = sqlx::query_scalar("SELECT until FROM fence WHERE id = 1").fetch_one(on).await?;
    Ok(until > now())
}

/// Lets nobody write before `until` (milliseconds since 1970, UTC).
pub(super) async fn fence(on: &mut MySqlConnection, holder: &str, until: i64) -> Result<(), sqlx::Error> {
    let fence = sqlx::query("UPDATE fence SET holder = ?, until = ? WHERE id = 1");
    fence.bind(holder).bind(until).execute(on).await.map(|_| ())
}

/// Locks the fence; whether it is that of `holder`, and stands.
pub(super) async fn lock_fence(on: &mut MySqlConnection, holder: &str) -> Result<bool, sqlx::Error> {
    let until: i64 = sqlx::query_scalar(FENCE).fetch_one(&mut *on).await?;
    let held = sqlx::query("SELECT holder FROM fence WHERE id = 1").fetch_one(on).await?;
    Ok(held.try_get_unchecked::<&str, _>(0)? == holder && until > now())
}
