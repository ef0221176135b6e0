//! Where a generation stands, and the fence that keeps it there.

use domain::{EventId, Position};
use projections::ports::{Checkpoint, Partition};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::registry::now;

/// What became of a checkpoint that was to be moved.
pub(super) enum Moving {
    Moved,
    /// It is not where it was expected, or there is a fence; this is where it is.
    Elsewhere(Position),
}

/// Begins a transaction with moving the checkpoint, unless somebody else did or there is a fence.
pub(super) async fn begin(
    on: &mut SqliteConnection,
    partition: Partition,
    from: Checkpoint,
    to: Checkpoint,
) -> Result<Moving, sqlx::Error> {
    let query = "BEGIN IMMEDIATE;
        UPDATE checkpoints SET \"offset\" = ?, position = ?, event_id = ?
        WHERE \"partition\" = ? AND position = ? AND \"offset\" = ?
          AND NOT EXISTS (SELECT 1 FROM fence WHERE until > ?)
        RETURNING position";
    let event_id = to.event_id.map(|id| id.0.as_bytes().to_vec());
    let moved = sqlx::query(query)
        .bind(to.offset.cast_signed())
        .bind(to.position.cast_signed())
        .bind(event_id)
        .bind(partition)
        .bind(from.position.cast_signed())
        .bind(from.offset.cast_signed())
        .bind(now())
        .fetch_all(&mut *on)
        .await?;
    if moved.is_empty() { Ok(Moving::Elsewhere(read(on, partition).await?.position)) } else { Ok(Moving::Moved) }
}

/// The checkpoint of a partition; it begins at nothing.
pub(super) async fn read(on: &mut SqliteConnection, partition: Partition) -> Result<Checkpoint, sqlx::Error> {
    let query = "SELECT \"offset\", position, event_id FROM checkpoints WHERE \"partition\" = ?";
    if let Some(row) = sqlx::query(query).bind(partition).fetch_optional(&mut *on).await? {
        return checkpoint(&row);
    }
    let begin = "INSERT INTO checkpoints (\"partition\", \"offset\", position) VALUES (?, 0, 0) ON CONFLICT DO NOTHING";
    sqlx::query(begin).bind(partition).execute(on).await?;
    Ok(Checkpoint::default())
}

/// The checkpoints of all partitions that were ever read.
pub(super) async fn all(on: &mut SqliteConnection) -> Result<Vec<(Partition, Checkpoint)>, sqlx::Error> {
    let query = "SELECT \"offset\", position, event_id, \"partition\" FROM checkpoints ORDER BY \"partition\"";
    let rows = sqlx::query(query).fetch_all(on).await?;
    rows.iter().map(|row| Ok((row.try_get(3)?, checkpoint(row)?))).collect()
}

fn checkpoint(row: &SqliteRow) -> Result<Checkpoint, sqlx::Error> {
    let event_id: Option<&[u8]> = row.try_get(2)?;
    let event_id = event_id.map(Uuid::from_slice).transpose();
    Ok(Checkpoint {
        offset: row.try_get::<i64, _>(0)?.cast_unsigned(),
        position: row.try_get::<i64, _>(1)?.cast_unsigned(),
        event_id: event_id.map_err(|error| sqlx::Error::Decode(Box::new(error)))?.map(EventId),
    })
}

/// Whether nobody may write here for the moment.
pub(super) async fn is_fenced(on: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM fence WHERE until > ?)").bind(now()).fetch_one(on).await
}

/// Lets nobody write before `until` (milliseconds since 1970, UTC); an earlier fence is gone.
pub(super) async fn fence(on: &mut SqliteConnection, holder: &str, until: i64) -> Result<(), sqlx::Error> {
    let query = "BEGIN IMMEDIATE; DELETE FROM fence; INSERT INTO fence (holder, until) VALUES (?, ?); COMMIT";
    sqlx::query(query).bind(holder).bind(until).execute(on).await?;
    Ok(())
}

/// Whether the fence of `holder` stands.
pub(super) async fn is_fenced_by(on: &mut SqliteConnection, holder: &str) -> Result<bool, sqlx::Error> {
    let query = "SELECT EXISTS (SELECT 1 FROM fence WHERE holder = ? AND until > ?)";
    sqlx::query_scalar(query).bind(holder).bind(now()).fetch_one(on).await
}
