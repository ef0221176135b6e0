//! From columns to what they mean.

use command_side::ports::Unavailable;
use domain::Timestamp;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as NotKnown, StrDeserializer};
use sqlx::Row as _;
use sqlx::error::{Error, UnexpectedNullError};
use sqlx::mysql::MySqlRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// Reads columns by name.
pub(in crate::adapters::read_models) trait Columns {
    /// What is kept as bytes; none where there is NULL.
    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, Error>;
    /// What is kept as a whole number.
    fn integer(&self, column: &str) -> Result<Option<i64>, Error>;
    /// What is kept as a text.
    fn string(&self, column: &str) -> Result<Option<&str>, Error>;

    fn id_or_none<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>, Error> {
        let id = self.bytes(column)?.map(Uuid::from_slice).transpose();
        id.map(|id| id.map(T::from)).map_err(|error| unreadable(column, error))
    }

    fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, Error> {
        there(column, self.id_or_none(column)?)
    }

    fn number_or_none(&self, column: &str) -> Result<Option<u64>, Error> {
        Ok(self.integer(column)?.map(|number| number.max(0).cast_unsigned()))
    }

    fn number(&self, column: &str) -> Result<u64, Error> {
        there(column, self.number_or_none(column)?)
    }

    fn time_or_none(&self, column: &str) -> Result<Option<Timestamp>, Error> {
        Ok(self.integer(column)?.map(Timestamp))
    }

    fn time(&self, column: &str) -> Result<Timestamp, Error> {
        there(column, self.time_or_none(column)?)
    }

    fn text_or_none(&self, column: &str) -> Result<Option<String>, Error> {
        Ok(self.string(column)?.map(str::to_owned))
    }

    fn text(&self, column: &str) -> Result<String, Error> {
        there(column, self.text_or_none(column)?)
    }

    fn flag(&self, column: &str) -> Result<bool, Error> {
        Ok(there(column, self.integer(column)?)? != 0)
    }

    /// A word of the domain, such as a role.
    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, Error> {
        let word = there(column, self.string(column)?)?;
        T::deserialize(StrDeserializer::<NotKnown>::new(word)).map_err(|error| unreadable(column, error))
    }
}

impl Columns for SqliteRow {
    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, Error> {
        self.try_get(column)
    }

    fn integer(&self, column: &str) -> Result<Option<i64>, Error> {
        self.try_get(column)
    }

    fn string(&self, column: &str) -> Result<Option<&str>, Error> {
        self.try_get(column)
    }
}

impl Columns for MySqlRow {
    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, Error> {
        self.try_get(column)
    }

    fn integer(&self, column: &str) -> Result<Option<i64>, Error> {
        self.try_get(column)
    }

    /// sqlx takes a text that is compared byte by byte (`utf8mb4_bin`) for bytes: it is read unchecked, that is, as UTF-8 or
    /// not at all.
    fn string(&self, column: &str) -> Result<Option<&str>, Error> {
        self.try_get_unchecked(column)
    }
}

fn there<T>(column: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| unreadable(column, UnexpectedNullError))
}

pub(in crate::adapters::read_models) fn unreadable(
    column: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}

/// What a failed read is to whoever asked.
pub(in crate::adapters::read_models) fn away(error: Error) -> Unavailable {
    Unavailable(error.to_string())
}
