//! Snapshots: one a stream, the newest. They gather in memory, for a second at the most, and are written together; one that is
//! lost was a shortcut.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{Snapshot, Snapshots, Unavailable};
use domain::StreamId;
use sqlx::{Error, Row as _};
use tokio::time::{MissedTickBehavior, interval};

use super::PostgresEventStore;
use super::failure::away;
use super::history::{number, of};
use super::rows::{damaged, id_text};

const PERIOD: Duration = Duration::from_secs(1);
/// So many are written without waiting for the end of the second.
pub(super) const MOST: usize = 256;

/// One that comes late does not take the place of a newer one, unless that is of another shape.
const SAVE: &str = "INSERT INTO snapshots AS kept
        (aggregate_type, aggregate_id, last_sequence, current_snapshot, payload, shape)
    SELECT kind, id, last, 1, payload::json, shape
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::integer[]) AS new (kind, id, last, payload, shape)
    ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET
        last_sequence = excluded.last_sequence, current_snapshot = kept.current_snapshot + 1,
        payload = excluded.payload, shape = excluded.shape
        WHERE excluded.last_sequence > kept.last_sequence OR excluded.shape <> kept.shape";

#[async_trait]
impl Snapshots for PostgresEventStore {
    async fn load(&self, stream: StreamId) -> Result<Option<Snapshot>, Unavailable> {
        if let Some(unwritten) = self.unwritten.of(stream) {
            return Ok(Some(unwritten));
        }
        let query = "SELECT last_sequence, shape, payload::text FROM snapshots
            WHERE aggregate_type = $1 AND aggregate_id = $2";
        let Some(row) = self.one(of(query, stream)).await? else { return Ok(None) };
        let read = || {
            let version = row.try_get::<i64, _>(0)?.cast_unsigned();
            let shape = row.try_get::<i32, _>(1)?.try_into().map_err(damaged)?;
            Ok(Snapshot { stream, version, shape, state: row.try_get(2)? })
        };
        read().map(Some).map_err(|error: Error| away(&error))
    }

    async fn save(&self, snapshot: Snapshot) -> Result<(), Unavailable> {
        if self.unwritten.add(snapshot) { self.write_snapshots().await } else { Ok(()) }
    }
}

impl PostgresEventStore {
    /// Writes the snapshots that have gathered; those that can not be written are lost.
    pub(super) async fn write_snapshots(&self) -> Result<(), Unavailable> {
        let snapshots = self.unwritten.take();
        if snapshots.is_empty() {
            return Ok(());
        }
        let kinds: Vec<_> = snapshots.iter().map(|snapshot| snapshot.stream.kind.as_str()).collect();
        let ids: Vec<_> = snapshots.iter().map(|snapshot| id_text(snapshot.stream)).collect();
        let versions: Vec<_> = snapshots.iter().map(|snapshot| number(snapshot.version)).collect();
        let states: Vec<_> = snapshots.iter().map(|snapshot| snapshot.state.as_str()).collect();
        let shapes: Vec<_> = snapshots.iter().map(|snapshot| i32::from(snapshot.shape)).collect();
        let save = sqlx::query(SAVE).bind(&kinds).bind(&ids).bind(&versions).bind(&states).bind(&shapes);
        self.one(save).await.map(|_| ())
    }
}

/// Writes the snapshots of `store` for as long as it is polled: each second those that came in it.
pub async fn write_snapshots(store: Arc<PostgresEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(why) = store.write_snapshots().await {
            tracing::warn!(%why, "snapshots were not written");
        }
    }
}
