//! Binding values to a statement, in the form in which every database of ours keeps them.

use domain::Timestamp;
use sqlx::mysql::{MySql, MySqlArguments};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use uuid::Uuid;

/// A statement to which values are bound, one after the other. None is NULL.
pub(in crate::adapters::read_models) trait Values<'q>: Sized {
    /// An id, as its 16 bytes.
    fn id(self, id: impl Into<Option<&'q Uuid>>) -> Self;
    /// A number of our own counting.
    fn number(self, number: impl Into<Option<u64>>) -> Self;
    /// Milliseconds since 1970, UTC.
    fn time(self, time: impl Into<Option<Timestamp>>) -> Self;
    fn text(self, text: impl Into<Option<&'q str>>) -> Self;
    fn flag(self, flag: impl Into<Option<bool>>) -> Self;
}

macro_rules! values {
    ($database:ty, $arguments:ty) => {
        impl<'q> Values<'q> for Query<'q, $database, $arguments> {
            fn id(self, id: impl Into<Option<&'q Uuid>>) -> Self {
                self.bind(id.into().map(|id| &id.as_bytes()[..]))
            }

            fn number(self, number: impl Into<Option<u64>>) -> Self {
                self.bind(number.into().map(u64::cast_signed))
            }

            fn time(self, time: impl Into<Option<Timestamp>>) -> Self {
                self.bind(time.into().map(|time| time.0))
            }

            fn text(self, text: impl Into<Option<&'q str>>) -> Self {
                self.bind(text.into())
            }

            fn flag(self, flag: impl Into<Option<bool>>) -> Self {
                self.bind(flag.into())
            }
        }
    };
}

values!(Sqlite, SqliteArguments<'q>);
values!(MySql, MySqlArguments);
