//! A stream page by page, for an audit.

use async_trait::async_trait;
use domain::stored::Raw;
use domain::{Envelope, StreamId, Version};
use projections::ports::{History, Unavailable};

use super::SqliteEventStore;
use super::rows::{COLUMNS, envelope};

#[async_trait]
impl History for SqliteEventStore {
    async fn page(&self, stream: StreamId, after: Version, limit: u32) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let query = format!(
            "SELECT {COLUMNS} FROM events WHERE aggregate_type = ? AND aggregate_id = ? AND sequence > ?
             ORDER BY sequence LIMIT ?"
        );
        let rows = sqlx::query(&query)
            .bind(stream.kind.as_str())
            .bind(stream.id.hyphenated().to_string())
            .bind(after.cast_signed())
            .bind(limit)
            .fetch_all(&self.readers)
            .await;
        let away = |error: sqlx::Error| Unavailable(error.to_string());
        rows.map_err(away)?.iter().map(|row| envelope(row).map_err(away)).collect()
    }
}
