//! Events as rows.

use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Envelope, EventId, StreamId, Timestamp};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::metadata;

/// The columns that [`envelope`] reads, in its order.
pub(super) const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, recorded_at, subject, event_id, hash";

/// An event as stored.
pub(super) fn envelope(row: &SqliteRow) -> Result<Envelope<Raw>, sqlx::Error> {
    let stream = StreamId { kind: parsed(row.try_get(1)?)?, id: parsed(row.try_get(2)?)? };
    let payload = Raw {
        event_type: row.try_get(4)?,
        schema_version: parsed(row.try_get(5)?)?,
        json: row.try_get(6)?,
        subject: id(row.try_get(9)?)?,
        hash: Hash::from_bytes(row.try_get(11)?).ok_or_else(|| damaged("a hash is not 32 bytes"))?,
    };
    Ok(Envelope {
        position: row.try_get::<i64, _>(0)?.cast_unsigned(),
        stream,
        version: row.try_get::<i64, _>(3)?.cast_unsigned(),
        event_id: EventId(id(row.try_get(10)?)?),
        recorded_at: Timestamp(row.try_get(8)?),
        actor: metadata::read(row.try_get(7)?).map_err(damaged)?,
        payload,
    })
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(damaged)
}

fn id(bytes: &[u8]) -> Result<Uuid, sqlx::Error> {
    Uuid::from_slice(bytes).map_err(damaged)
}

fn damaged(why: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(why.to_string().into())
}
