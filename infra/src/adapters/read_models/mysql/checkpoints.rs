//! Where a generation stands, and the fence that keeps it there.

use std::collections::BTreeMap;

use domain::EventId;
use projections::ports::{Checkpoint, Partition};
use sqlx::mysql::{MySql, MySqlArguments, MySqlConnection, MySqlRow};
use sqlx::query::Query;
use sqlx::{Executor as _, Row as _};
use uuid::Uuid;

use super::clock::server_time;
use crate::adapters::partitions::THE_STORE;

const ALL: &str = "SELECT partition_no, log_offset, position, event_id FROM checkpoints ORDER BY partition_no";
/// In this order: whoever sets the fence waits for those who have begun to commit, and those who begin later see it.
const FENCE: &str = concat!("SELECT CAST(until > ", server_time!(), " AS SIGNED) FROM fence WHERE id = 1 FOR UPDATE");
const SHARED_FENCE: &str = concat!(
    "SELECT CAST(until > ",
    server_time!(),
    " AS SIGNED), CAST(0 AS SIGNED) FROM fence WHERE id = 1 LOCK IN SHARE MODE"
);
/// The same, and where the store was read to, which stays so until the transaction ends.
const SHARED_FENCE_AND_STORE: &str = concat!(
    "SELECT CAST(f.until > ",
    server_time!(),
    " AS SIGNED), COALESCE(s.position, 0)
    FROM fence f LEFT JOIN checkpoints s ON s.partition_no = 0 WHERE f.id = 1 LOCK IN SHARE MODE"
);
const MOVE: &str = "UPDATE checkpoints SET log_offset = ?, position = ?, event_id = ?
    WHERE partition_no = ? AND position = ? AND log_offset = ?";
/// A row that the store has overtaken is as good as none.
const TAKE_OVERTAKEN: &str = "UPDATE checkpoints SET log_offset = ?, position = ?, event_id = ?
    WHERE partition_no = ? AND position < ?";
const BEGIN: &str = "INSERT IGNORE INTO checkpoints (log_offset, position, event_id, partition_no) VALUES (?, ?, ?, ?)";

/// Begins a transaction that moves the checkpoint, unless somebody else did or there is a fence; whether it did.
pub(super) async fn begin(
    on: &mut MySqlConnection,
    partition: Partition,
    from: Checkpoint,
    to: Checkpoint,
) -> Result<bool, sqlx::Error> {
    on.execute("START TRANSACTION").await?;
    let look = if partition == THE_STORE { SHARED_FENCE } else { SHARED_FENCE_AND_STORE };
    let (is_fenced, store): (i64, i64) = sqlx::query_as(look).fetch_one(&mut *on).await?;
    let (position, offset) = (from.position.cast_signed(), from.offset.cast_signed());
    if is_fenced != 0 || position < store {
        return Ok(false);
    }
    if affects(setting(MOVE, partition, to).bind(position).bind(offset), on).await? {
        return Ok(true);
    }
    // A partition of which nothing was read yet goes on from where the store was read to.
    if offset != 0 || position != store {
        return Ok(false);
    }
    Ok(affects(setting(TAKE_OVERTAKEN, partition, to).bind(store), on).await?
        || affects(setting(BEGIN, partition, to), on).await?)
}

fn setting(query: &str, partition: Partition, to: Checkpoint) -> Query<'_, MySql, MySqlArguments> {
    let event_id = to.event_id.map(|id| id.0.as_bytes().to_vec());
    sqlx::query(query).bind(to.offset.cast_signed()).bind(to.position.cast_signed()).bind(event_id).bind(partition)
}

async fn affects(query: Query<'_, MySql, MySqlArguments>, on: &mut MySqlConnection) -> Result<bool, sqlx::Error> {
    Ok(query.execute(on).await?.rows_affected() == 1)
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
    let query = concat!("SELECT CAST(until > ", server_time!(), " AS SIGNED) FROM fence WHERE id = 1");
    let is_fenced: i64 = sqlx::query_scalar(query).fetch_one(on).await?;
    Ok(is_fenced != 0)
}

/// Lets nobody write for so many milliseconds from now on.
pub(super) async fn fence(on: &mut MySqlConnection, holder: &str, millis: i64) -> Result<(), sqlx::Error> {
    let query = concat!("UPDATE fence SET holder = ?, until = ", server_time!(), " + ? WHERE id = 1");
    sqlx::query(query).bind(holder).bind(millis).execute(on).await.map(|_| ())
}

/// Lets nobody write any more.
pub(super) async fn close(on: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    let close = sqlx::query("UPDATE fence SET until = ? WHERE id = 1");
    close.bind(i64::MAX).execute(on).await.map(|_| ())
}

/// Locks the fence; whether it is that of `holder`, and stands.
pub(super) async fn lock_fence(on: &mut MySqlConnection, holder: &str) -> Result<bool, sqlx::Error> {
    let stands: i64 = sqlx::query_scalar(FENCE).fetch_one(&mut *on).await?;
    let held = sqlx::query("SELECT holder FROM fence WHERE id = 1").fetch_one(on).await?;
    Ok(held.try_get_unchecked::<&str, _>(0)? == holder && stands != 0)
}
