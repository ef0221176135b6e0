//! A stream page by page, for an audit.

use async_trait::async_trait;
use domain::stored::Raw;
use domain::{Envelope, StreamId, Version};
use projections::ports::{History, Unavailable};

use super::SqliteEventStore;

#[async_trait]
impl History for SqliteEventStore {
    async fn page(&self, stream: StreamId, after: Version, limit: u32) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let page = command_side::ports::History::page(self, stream, after, limit).await;
        page.map_err(|away| Unavailable(away.0))
    }
}
