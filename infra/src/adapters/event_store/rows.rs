//! Events as rows.

use std::fmt::Display;
use std::str::FromStr;

use command_side::ports::Unavailable;
use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Envelope, EventId, StreamId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Error, Row as _};

use super::failure::away;
use crate::adapters::entries::Text;
use crate::adapters::metadata;

/// What the envelope says, in the order in which [`envelope`] reads it.
macro_rules! envelope_columns {
    () => {
        "position, aggregate_type, aggregate_id, sequence, event_id, recorded_at, metadata, event_type, event_version, payload"
    };
}
pub(super) use envelope_columns;

/// All that is stored of an event, in the order in which [`stored`] reads it.
macro_rules! columns {
    () => {
        concat!($crate::adapters::event_store::rows::envelope_columns!(), ", subject, hash")
    };
}
pub(super) use columns;

/// An event as stored, without copying its payload.
pub(super) fn envelope(row: &SqliteRow) -> Result<Envelope<Text<'_>>, Error> {
    Ok(Envelope {
        position: row.try_get::<i64, _>(0)?.cast_unsigned(),
        stream: StreamId { kind: parsed(row.try_get(1)?)?, id: parsed(row.try_get(2)?)? },
        version: row.try_get::<i64, _>(3)?.cast_unsigned(),
        event_id: EventId(row.try_get(4)?),
        recorded_at: Timestamp(row.try_get(5)?),
        actor: metadata::read(row.try_get(6)?).map_err(damaged)?,
        payload: Text { event_type: row.try_get(7)?, schema_version: parsed(row.try_get(8)?)?, json: row.try_get(9)? },
    })
}

/// An event as stored, with its hash.
pub(super) fn stored(row: &SqliteRow) -> Result<Envelope<Raw>, Unavailable> {
    let read = || {
        let event = envelope(row)?;
        let payload = Raw {
            event_type: event.payload.event_type.to_owned(),
            schema_version: event.payload.schema_version,
            json: event.payload.json.to_owned(),
            subject: row.try_get(10)?,
            hash: hash(row, 11)?,
        };
        Ok(event.with(payload))
    };
    read().map_err(|error| away(&error))
}

/// The hash in column `index`.
pub(super) fn hash(row: &SqliteRow, index: usize) -> Result<Hash, Error> {
    Hash::from_bytes(row.try_get(index)?).ok_or_else(|| damaged("a hash is not 32 bytes"))
}

/// What stands as text in the row.
pub(super) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, Error> {
    text.parse().map_err(damaged)
}

fn damaged(why: impl Display) -> Error {
    Error::Decode(why.to_string().into())
}
