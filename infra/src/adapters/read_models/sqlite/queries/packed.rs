//! Many small rows as one text: handing a row over from SQLite costs more than reading it.

use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;

use crate::adapters::read_models::tables::row::{Columns as _, unreadable};

/// The rows that stand in `column` as a JSON array of arrays; ids among them are hexadecimal texts.
pub(super) fn unpacked<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Vec<T>, sqlx::Error> {
    let text = row.string(column)?.unwrap_or("[]");
    serde_json::from_str(text).map_err(|error| unreadable(column, error))
}
