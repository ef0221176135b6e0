//! The log as it lies in the file.

use std::sync::Arc;

use domain::Position;
use projections::ports::{Entry, LogError};
use sqlx::sqlite::SqliteRow;

use crate::adapters::entries::{Decoded, Readable, decoded, from_raw, from_text};
use crate::adapters::event_store::SqliteEventStore;
use crate::adapters::event_store::rows::{self, envelope_columns};
use crate::adapters::vault::KeyVault;

/// The events of a file, and the keys to read them with.
#[derive(Clone)]
pub(super) struct LogFile {
    pub(super) store: Arc<SqliteEventStore>,
    pub(super) vault: Arc<KeyVault>,
}

impl LogFile {
    /// Up to `limit` entries after `position`.
    pub(super) async fn entries(&self, position: Position, limit: usize) -> Result<Vec<Entry>, LogError> {
        Ok(self.read(position, limit).await?.into_iter().map(|one| one.entry).collect())
    }

    /// The newest events after `position`: those that this process appended last it has in hand; else up to `limit` from the file.
    pub(super) async fn newest(&self, position: Position, limit: usize) -> Result<Vec<Decoded>, LogError> {
        let in_hand = self.store.in_hand.take_after(position);
        if in_hand.is_empty() {
            return self.read(position, limit).await;
        }
        decoded(&self.vault, in_hand.into_iter().map(from_raw).collect()).await
    }

    async fn read(&self, position: Position, limit: usize) -> Result<Vec<Decoded>, LogError> {
        let query =
            concat!("SELECT ", envelope_columns!(), " FROM events WHERE position > ? ORDER BY position LIMIT ?");
        let query = sqlx::query(query).bind(position.cast_signed()).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = self.store.all(query).await.map_err(|away| LogError::Unavailable(away.0))?;
        decoded(&self.vault, in_order(position, &rows)?).await
    }
}

fn in_order(position: Position, rows: &[SqliteRow]) -> Result<Vec<Readable>, LogError> {
    (position + 1..)
        .zip(rows)
        .map(|(expected, row)| {
            let event =
                rows::envelope(row).map_err(|error| LogError::Unavailable(format!("the event store: {error}")))?;
            let event = from_text(event);
            let found = event.position();
            if found == expected { Ok(event) } else { Err(LogError::Hole { expected, found }) }
        })
        .collect()
}
