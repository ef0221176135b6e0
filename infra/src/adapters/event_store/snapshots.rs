//! Snapshots: one a stream, the newest.
//!
//! One by one each would cost the writer a transaction and an fsync: on a busy store one for every 256 events of each room. A
//! snapshot is a shortcut that may be lost, so they gather in memory, for a second at the most, and are written together.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{Snapshot, Snapshots, Unavailable};
use domain::StreamId;
use sqlx::{Error, Row as _};
use tokio::time::{MissedTickBehavior, interval};

use super::SqliteEventStore;
use super::failure::away;
use super::history::{number, of};
use super::insert::id_text;
use crate::adapters::bulk::Bulk;

const PERIOD: Duration = Duration::from_secs(1);
/// So many are written without waiting for the end of the second; they are one statement, and so one transaction.
pub(super) const MOST: usize = Bulk::LARGEST;

/// One that comes late does not take the place of a newer one, unless that is of another shape.
static SAVE: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "aggregate_type, aggregate_id, last_sequence, current_snapshot, payload, shape";
    let newest = "ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET
        last_sequence = excluded.last_sequence, current_snapshot = current_snapshot + 1,
        payload = excluded.payload, shape = excluded.shape
        WHERE excluded.last_sequence > last_sequence OR excluded.shape <> shape";
    Bulk::new("snapshots", columns, newest)
});

#[async_trait]
impl Snapshots for SqliteEventStore {
    async fn load(&self, stream: StreamId) -> Result<Option<Snapshot>, Unavailable> {
        if let Some(unwritten) = self.unwritten.of(stream) {
            return Ok(Some(unwritten));
        }
        let query = "SELECT last_sequence, shape, payload FROM snapshots WHERE aggregate_type = ? AND aggregate_id = ?";
        let Some(row) = self.one(of(query, stream)).await? else { return Ok(None) };
        let read = || {
            let version = row.try_get::<i64, _>(0)?.cast_unsigned();
            Ok(Snapshot { stream, version, shape: row.try_get(1)?, state: row.try_get(2)? })
        };
        read().map(Some).map_err(|error: Error| away(&error))
    }

    async fn save(&self, snapshot: Snapshot) -> Result<(), Unavailable> {
        if self.unwritten.add(snapshot) { self.write_snapshots().await } else { Ok(()) }
    }
}

impl SqliteEventStore {
    /// Writes the snapshots that have gathered; those that can not be written are lost.
    pub(super) async fn write_snapshots(&self) -> Result<(), Unavailable> {
        let snapshots = self.unwritten.take();
        if snapshots.is_empty() {
            return Ok(());
        }
        let mut writer = self.writer()?.lock().await;
        let written = writer.insert(&SAVE, &snapshots, |row, snapshot| {
            row.bind(snapshot.stream.kind.as_str())
                .bind(id_text(snapshot.stream))
                .bind(number(snapshot.version))
                .bind(1)
                .bind(snapshot.state.as_str())
                .bind(snapshot.shape)
        });
        written.await.map_err(|error| away(&error))
    }
}

/// Writes the snapshots of `store` for as long as it is polled: each second those that came in it.
pub async fn write_snapshots(store: Arc<SqliteEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(why) = store.write_snapshots().await {
            tracing::warn!(%why, "snapshots were not written");
        }
    }
}
