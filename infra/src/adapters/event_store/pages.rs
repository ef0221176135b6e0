//! A stream page by page, for an audit.

use async_trait::async_trait;
use domain::stored::Raw;
use domain::{Envelope, StreamId, Version};
use projections::ports::{History, Unavailable};

use super::SqliteEventStore;
use super::history::{number, of};
use super::rows::{columns, stored};

#[async_trait]
impl History for SqliteEventStore {
    async fn page(&self, stream: StreamId, after: Version, limit: u32) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let query = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE aggregate_type = ? AND aggregate_id = ? AND sequence > ? ORDER BY sequence LIMIT ?"
        );
        let away = |away: command_side::ports::Unavailable| Unavailable(away.0);
        let rows = self.all(of(query, stream).bind(number(after)).bind(limit)).await.map_err(away)?;
        rows.iter().map(stored).collect::<Result<_, _>>().map_err(away)
    }
}
