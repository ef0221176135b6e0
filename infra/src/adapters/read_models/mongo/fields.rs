//! From fields to what they mean, and back.

use domain::{RoomId, Timestamp, Version};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, RawBsonRef, RawDocument, doc};
use mongodb::error::Error;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as NotKnown, StrDeserializer};
use uuid::Uuid;

use super::faults::unreadable;

/// An id as it is kept.
pub(super) fn binary(id: Uuid) -> Binary {
    Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() }
}

/// A number as it is kept; those too large for it are beyond everything that is.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The key of a version of a room: keys are in the order of rooms and, of one room, of versions.
pub(super) fn version_key(room: RoomId, version: Version) -> Binary {
    let bytes = [room.0.as_bytes().as_slice(), &version.to_be_bytes()].concat();
    Binary { subtype: BinarySubtype::Generic, bytes }
}

/// The room and version of a key.
pub(super) fn of_version_key(key: &[u8]) -> Result<(RoomId, Version), Error> {
    let (room, version) = key.split_at_checked(16).ok_or_else(|| unreadable("_id"))?;
    let version = version.try_into().map_err(|_| unreadable("_id"))?;
    let room = Uuid::from_slice(room).map_err(|_| unreadable("_id"))?;
    Ok((RoomId(room), Version::from_be_bytes(version)))
}

/// The key of a stream that stands still.
pub(super) fn stream_key(kind: &str, id: Uuid) -> Document {
    doc! { "kind": kind, "id": binary(id) }
}

/// Reads fields by name.
pub(super) trait Fields {
    fn bytes_or_none(&self, field: &str) -> Result<Option<&[u8]>, Error>;
    fn number_or_none(&self, field: &str) -> Result<Option<u64>, Error>;
    fn text_or_none(&self, field: &str) -> Result<Option<&str>, Error>;
    fn time_or_none(&self, field: &str) -> Result<Option<Timestamp>, Error>;
    fn part(&self, field: &str) -> Result<&RawDocument, Error>;
    fn has(&self, field: &str) -> Result<bool, Error>;
    /// Whether it is there and true.
    fn flag(&self, field: &str) -> Result<bool, Error>;

    fn bytes(&self, field: &str) -> Result<&[u8], Error> {
        self.bytes_or_none(field)?.ok_or_else(|| unreadable(field))
    }

    fn number(&self, field: &str) -> Result<u64, Error> {
        self.number_or_none(field)?.ok_or_else(|| unreadable(field))
    }

    fn text(&self, field: &str) -> Result<&str, Error> {
        self.text_or_none(field)?.ok_or_else(|| unreadable(field))
    }

    fn time(&self, field: &str) -> Result<Timestamp, Error> {
        self.time_or_none(field)?.ok_or_else(|| unreadable(field))
    }

    fn id<T: From<Uuid>>(&self, field: &str) -> Result<T, Error> {
        self.id_or_none(field)?.ok_or_else(|| unreadable(field))
    }

    fn id_or_none<T: From<Uuid>>(&self, field: &str) -> Result<Option<T>, Error> {
        let id = self.bytes_or_none(field)?.map(Uuid::from_slice).transpose();
        Ok(id.map_err(|_| unreadable(field))?.map(T::from))
    }

    /// A word of the domain, such as a role.
    fn word<T: DeserializeOwned>(&self, field: &str) -> Result<T, Error> {
        T::deserialize(StrDeserializer::<NotKnown>::new(self.text(field)?)).map_err(|_| unreadable(field))
    }
}

impl Fields for RawDocument {
    fn bytes_or_none(&self, field: &str) -> Result<Option<&[u8]>, Error> {
        match self.get(field)? {
            Some(RawBsonRef::Binary(binary)) => Ok(Some(binary.bytes)),
            None | Some(RawBsonRef::Null) => Ok(None),
            Some(_) => Err(unreadable(field)),
        }
    }

    fn number_or_none(&self, field: &str) -> Result<Option<u64>, Error> {
        Ok(signed(self, field)?.map(|number| number.max(0).cast_unsigned()))
    }

    fn text_or_none(&self, field: &str) -> Result<Option<&str>, Error> {
        match self.get(field)? {
            Some(RawBsonRef::String(text)) => Ok(Some(text)),
            None | Some(RawBsonRef::Null) => Ok(None),
            Some(_) => Err(unreadable(field)),
        }
    }

    fn time_or_none(&self, field: &str) -> Result<Option<Timestamp>, Error> {
        Ok(signed(self, field)?.map(Timestamp))
    }

    fn part(&self, field: &str) -> Result<&RawDocument, Error> {
        self.get(field)?.and_then(RawBsonRef::as_document).ok_or_else(|| unreadable(field))
    }

    fn has(&self, field: &str) -> Result<bool, Error> {
        Ok(self.get(field)?.is_some())
    }

    fn flag(&self, field: &str) -> Result<bool, Error> {
        Ok(matches!(self.get(field)?, Some(RawBsonRef::Boolean(true))))
    }
}

/// What the server counts itself comes in 32 bits.
fn signed(document: &RawDocument, field: &str) -> Result<Option<i64>, Error> {
    match document.get(field)? {
        Some(RawBsonRef::Int64(number)) => Ok(Some(number)),
        Some(RawBsonRef::Int32(number)) => Ok(Some(number.into())),
        None | Some(RawBsonRef::Null) => Ok(None),
        Some(_) => Err(unreadable(field)),
    }
}
