//! Events as rows.

use std::fmt::Display;
use std::str::FromStr;

use command_side::ports::Unavailable;
use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Envelope, EventId, StreamId, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{Error, Row as _};
use uuid::Uuid;

use super::failure::away;
use crate::adapters::metadata;

/// All that is stored of an event, in the order in which [`stored`] reads it. Documents as the text that they are.
macro_rules! columns {
    () => {
        "position, aggregate_type, aggregate_id, sequence, event_id, recorded_at, metadata::text, event_type, event_version, payload::text, subject, hash"
    };
}
pub(super) use columns;

/// An event as stored.
pub(super) fn stored(row: &PgRow) -> Result<Envelope<Raw>, Unavailable> {
    read(row).map_err(|error| away(&error))
}

fn read(row: &PgRow) -> Result<Envelope<Raw>, Error> {
    Ok(Envelope {
        position: number(row, 0)?,
        stream: StreamId { kind: parsed(row.try_get(1)?)?, id: parsed(row.try_get(2)?)? },
        version: number(row, 3)?,
        event_id: EventId(row.try_get(4)?),
        recorded_at: Timestamp(row.try_get(5)?),
        actor: metadata::read(row.try_get(6)?).map_err(damaged)?,
        payload: Raw {
            event_type: row.try_get(7)?,
            schema_version: parsed(row.try_get(8)?)?,
            json: row.try_get(9)?,
            subject: row.try_get(10)?,
            hash: hash(row, 11)?,
        },
    })
}

/// A count in column `index`.
pub(super) fn number(row: &PgRow, index: usize) -> Result<u64, Error> {
    row.try_get::<i64, _>(index).map(i64::cast_unsigned)
}

/// The hash in column `index`.
pub(super) fn hash(row: &PgRow, index: usize) -> Result<Hash, Error> {
    Hash::from_bytes(row.try_get(index)?).ok_or_else(|| damaged("a hash is not 32 bytes"))
}

/// What stands as text in the row.
pub(super) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, Error> {
    text.parse().map_err(damaged)
}

/// 32 bytes in column `index`.
pub(super) fn digest(row: &PgRow, index: usize) -> Result<[u8; 32], Error> {
    row.try_get::<&[u8], _>(index)?.try_into().map_err(|_| damaged("a digest is not 32 bytes"))
}

pub(super) fn damaged(why: impl Display) -> Error {
    Error::Decode(why.to_string().into())
}

/// As cqrs-es has ids: text.
pub(super) fn id_text(stream: StreamId) -> String {
    stream.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}
