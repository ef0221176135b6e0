//! Snapshots: one a stream, the newest.

use async_trait::async_trait;
use command_side::ports::{Snapshot, Snapshots, Unavailable};
use domain::StreamId;
use sqlx::Row as _;

use super::{SqliteEventStore, away};

#[async_trait]
impl Snapshots for SqliteEventStore {
    async fn load(&self, stream: StreamId) -> Result<Option<Snapshot>, Unavailable> {
        let query = "SELECT last_sequence, shape, payload FROM snapshots WHERE aggregate_type = ? AND aggregate_id = ?";
        let query = sqlx::query(query).bind(stream.kind.as_str()).bind(stream.id.hyphenated().to_string());
        let row = query.fetch_optional(&self.readers).await.map_err(away)?;
        row.map(|row| {
            let version = row.try_get::<i64, _>(0)?.cast_unsigned();
            Ok(Snapshot { stream, version, shape: row.try_get(1)?, state: row.try_get(2)? })
        })
        .transpose()
        .map_err(away)
    }

    async fn save(&self, snapshot: Snapshot) -> Result<(), Unavailable> {
        let query =
            "INSERT INTO snapshots (aggregate_type, aggregate_id, last_sequence, current_snapshot, payload, shape)
            VALUES (?1, ?2, ?3, 1, ?4, ?5) ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET
            last_sequence = excluded.last_sequence, current_snapshot = current_snapshot + 1,
            payload = excluded.payload, shape = excluded.shape
            WHERE excluded.last_sequence >= last_sequence OR excluded.shape <> shape";
        let mut writer = self.writer.lock().await;
        sqlx::query(query)
            .bind(snapshot.stream.kind.as_str())
            .bind(snapshot.stream.id.hyphenated().to_string())
            .bind(snapshot.version.cast_signed())
            .bind(snapshot.state)
            .bind(i64::from(snapshot.shape))
            .execute(&mut *writer)
            .await
            .map_err(away)?;
        Ok(())
    }
}
