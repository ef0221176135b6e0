//! Snapshots: one a stream, the newest.

use async_trait::async_trait;
use command_side::ports::{Snapshot, Snapshots, Unavailable};
use domain::StreamId;
use sqlx::{Error, Row as _};

use super::SqliteEventStore;
use super::failure::away;
use super::history::{number, of};

/// One that comes late does not take the place of a newer one, unless that is of another shape.
const SAVE: &str = "INSERT INTO snapshots
    (aggregate_type, aggregate_id, last_sequence, current_snapshot, payload, shape) VALUES (?, ?, ?, 1, ?, ?)
    ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET
        last_sequence = excluded.last_sequence, current_snapshot = current_snapshot + 1,
        payload = excluded.payload, shape = excluded.shape
    WHERE excluded.last_sequence > last_sequence OR excluded.shape <> shape";

#[async_trait]
impl Snapshots for SqliteEventStore {
    async fn load(&self, stream: StreamId) -> Result<Option<Snapshot>, Unavailable> {
        let query = "SELECT last_sequence, shape, payload FROM snapshots WHERE aggregate_type = ? AND aggregate_id = ?";
        let Some(row) = self.one(of(query, stream)).await? else { return Ok(None) };
        let read = || {
            let version = row.try_get::<i64, _>(0)?.cast_unsigned();
            Ok(Snapshot { stream, version, shape: row.try_get(1)?, state: row.try_get(2)? })
        };
        read().map(Some).map_err(|error: Error| away(&error))
    }

    async fn save(&self, snapshot: Snapshot) -> Result<(), Unavailable> {
        let save = of(SAVE, snapshot.stream).bind(number(snapshot.version)).bind(snapshot.state).bind(snapshot.shape);
        self.change(save).await.map(|_| ())
    }
}
