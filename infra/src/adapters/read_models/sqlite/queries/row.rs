//! From columns to what they mean, and back.

use command_side::ports::Unavailable;
use domain::{RoomId, Timestamp};
use serde::de::DeserializeOwned;
use serde::de::value::{Error as NotKnown, StrDeserializer};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// Reads columns by name.
pub(super) trait Columns {
    fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, sqlx::Error>;
    fn id_or_none<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>, sqlx::Error>;
    fn number(&self, column: &str) -> Result<u64, sqlx::Error>;
    fn number_or_none(&self, column: &str) -> Result<Option<u64>, sqlx::Error>;
    fn time(&self, column: &str) -> Result<Timestamp, sqlx::Error>;
    fn time_or_none(&self, column: &str) -> Result<Option<Timestamp>, sqlx::Error>;
    fn text(&self, column: &str) -> Result<String, sqlx::Error>;
    fn text_or_none(&self, column: &str) -> Result<Option<String>, sqlx::Error>;
    fn flag(&self, column: &str) -> Result<bool, sqlx::Error>;
    /// A word of the domain, such as a role.
    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error>;
}

impl Columns for SqliteRow {
    fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, sqlx::Error> {
        id_of(column, self.try_get(column)?)
    }

    fn id_or_none<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>, sqlx::Error> {
        let bytes: Option<&[u8]> = self.try_get(column)?;
        bytes.map(|bytes| id_of(column, bytes)).transpose()
    }

    fn number(&self, column: &str) -> Result<u64, sqlx::Error> {
        let number: i64 = self.try_get(column)?;
        Ok(number.max(0).cast_unsigned())
    }

    fn number_or_none(&self, column: &str) -> Result<Option<u64>, sqlx::Error> {
        let number: Option<i64> = self.try_get(column)?;
        Ok(number.map(|number| number.max(0).cast_unsigned()))
    }

    fn time(&self, column: &str) -> Result<Timestamp, sqlx::Error> {
        self.try_get(column).map(Timestamp)
    }

    fn time_or_none(&self, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
        let time: Option<i64> = self.try_get(column)?;
        Ok(time.map(Timestamp))
    }

    fn text(&self, column: &str) -> Result<String, sqlx::Error> {
        self.try_get(column)
    }

    fn text_or_none(&self, column: &str) -> Result<Option<String>, sqlx::Error> {
        self.try_get(column)
    }

    fn flag(&self, column: &str) -> Result<bool, sqlx::Error> {
        self.try_get(column)
    }

    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error> {
        let text: &str = self.try_get(column)?;
        T::deserialize(StrDeserializer::<NotKnown>::new(text)).map_err(|error| unreadable(column, error))
    }
}

fn id_of<T: From<Uuid>>(column: &str, bytes: &[u8]) -> Result<T, sqlx::Error> {
    Uuid::from_slice(bytes).map(T::from).map_err(|error| unreadable(column, error))
}

pub(super) fn unreadable(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}

/// What a failed read is to whoever asked.
pub(super) fn away(error: sqlx::Error) -> Unavailable {
    Unavailable(error.to_string())
}

/// A number as SQLite keeps it; those too large for it are beyond everything that it keeps.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An id as SQLite keeps it.
pub(super) fn blob(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// Ids as one parameter, for `unhex(value)` of `json_each`.
pub(super) fn list(ids: impl Iterator<Item = Uuid>) -> String {
    let ids: Vec<_> = ids.map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", ids.join(","))
}

/// Rooms, each with a number, as a JSON array of pairs.
pub(super) fn pairs(rooms: &[(RoomId, u64)]) -> String {
    let pairs: Vec<_> =
        rooms.iter().map(|(room, number)| format!("[\"{}\",{}]", room.0.simple(), int(*number))).collect();
    format!("[{}]", pairs.join(","))
}
