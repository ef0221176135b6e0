//! From columns to what they mean. sqlx takes a text that is compared byte by byte (`utf8mb4_bin`) for bytes: texts are read
//! unchecked, that is, as UTF-8 or not at all.

use domain::Timestamp;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as NotKnown, StrDeserializer};
use sqlx::Row as _;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

/// Reads columns by name.
pub(super) trait Columns {
    fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, sqlx::Error>;
    fn time(&self, column: &str) -> Result<Timestamp, sqlx::Error>;
    fn text(&self, column: &str) -> Result<String, sqlx::Error>;
    fn text_or_none(&self, column: &str) -> Result<Option<String>, sqlx::Error>;
    /// A word of the domain, such as a role.
    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error>;
}

impl Columns for MySqlRow {
    fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, sqlx::Error> {
        let bytes: &[u8] = self.try_get(column)?;
        Uuid::from_slice(bytes).map(T::from).map_err(|error| unreadable(column, error))
    }

    fn time(&self, column: &str) -> Result<Timestamp, sqlx::Error> {
        self.try_get(column).map(Timestamp)
    }

    fn text(&self, column: &str) -> Result<String, sqlx::Error> {
        self.try_get_unchecked(column)
    }

    fn text_or_none(&self, column: &str) -> Result<Option<String>, sqlx::Error> {
        self.try_get_unchecked(column)
    }

    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error> {
        let text: &str = self.try_get_unchecked(column)?;
        T::deserialize(StrDeserializer::<NotKnown>::new(text)).map_err(|error| unreadable(column, error))
    }
}

fn unreadable(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}
