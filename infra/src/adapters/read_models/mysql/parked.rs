//! The streams that stand still.

use domain::{StreamId, Version};
use projections::ports::Parked;
use sqlx::Row as _;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use uuid::Uuid;

pub(super) async fn read(on: &mut MySqlConnection) -> Result<Vec<Parked>, sqlx::Error> {
    let query = "SELECT aggregate_type, aggregate_id, version, position, why FROM parked ORDER BY position";
    sqlx::query(query).fetch_all(on).await?.iter().map(parked).collect()
}

fn parked(row: &MySqlRow) -> Result<Parked, sqlx::Error> {
    let kind = row.try_get_unchecked::<&str, _>(0)?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let id = Uuid::from_slice(row.try_get(1)?).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Parked {
        stream: StreamId { kind, id },
        version: Version::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default(),
        position: row.try_get::<i64, _>(3)?.cast_unsigned(),
        why: row.try_get_unchecked(4)?,
    })
}

/// Notes streams that stand still, or now stand still further on.
pub(super) async fn park(on: &mut MySqlConnection, parked: &[Parked]) -> Result<(), sqlx::Error> {
    let query = "REPLACE INTO parked (aggregate_type, aggregate_id, version, position, why) VALUES (?, ?, ?, ?, ?)";
    for one in parked {
        sqlx::query(query)
            .bind(one.stream.kind.as_str())
            .bind(&one.stream.id.as_bytes()[..])
            .bind(one.version.cast_signed())
            .bind(one.position.cast_signed())
            .bind(&one.why)
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}

/// Forgets streams that go on.
pub(super) async fn release(on: &mut MySqlConnection, released: &[StreamId]) -> Result<(), sqlx::Error> {
    for stream in released {
        let query = sqlx::query("DELETE FROM parked WHERE aggregate_type = ? AND aggregate_id = ?");
        query.bind(stream.kind.as_str()).bind(&stream.id.as_bytes()[..]).execute(&mut *on).await?;
    }
    Ok(())
}
