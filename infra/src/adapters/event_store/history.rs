//! Loading streams: through sqlite-es where a state is folded, with the whole envelope where one is shown.

use async_trait::async_trait;
use command_side::ports::{History, Past, Unavailable};
use cqrs_es::persist::{PersistedEventRepository as _, PersistenceError, SerializedEvent};
use domain::friendship::Friendship;
use domain::hash::Hash;
use domain::read_cursor::ReadCursor;
use domain::room::Room;
use domain::stored::Raw;
use domain::user::User;
use domain::{Envelope, EventId, Kind, Position, StreamId, Timestamp, Version};
use sqlx::Row as _;
use uuid::Uuid;

use super::rows::{COLUMNS, envelope};
use super::{SqliteEventStore, away};

#[async_trait]
impl History for SqliteEventStore {
    async fn after(&self, stream: StreamId, version: Version) -> Result<Vec<Past>, Unavailable> {
        let (id, last) = (stream.id.hyphenated().to_string(), usize::try_from(version).unwrap_or(usize::MAX));
        let events = match stream.kind {
            Kind::User => self.repository.get_last_events::<User>(&id, last).await,
            Kind::Friendship => self.repository.get_last_events::<Friendship>(&id, last).await,
            Kind::Room => self.repository.get_last_events::<Room>(&id, last).await,
            Kind::ReadCursor => self.repository.get_last_events::<ReadCursor>(&id, last).await,
        };
        let unreadable = |error: PersistenceError| Unavailable(error.to_string());
        events.map_err(unreadable)?.into_iter().map(past).collect()
    }

    async fn hash(&self, stream: StreamId, version: Version) -> Result<Option<Hash>, Unavailable> {
        let query = "SELECT hash FROM events WHERE aggregate_type = ? AND aggregate_id = ? AND sequence = ?";
        let row = sqlx::query(query)
            .bind(stream.kind.as_str())
            .bind(stream.id.hyphenated().to_string())
            .bind(version.cast_signed())
            .fetch_optional(&self.readers)
            .await
            .map_err(away)?;
        row.map(|row| {
            let bytes = row.try_get::<&[u8], _>(0).map_err(away)?;
            Hash::from_bytes(bytes).ok_or_else(|| Unavailable("a hash is not 32 bytes".to_owned()))
        })
        .transpose()
    }

    async fn about(&self, stream: StreamId, subject: Uuid, up_to: Version) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let query = format!(
            "SELECT {COLUMNS} FROM events WHERE subject = ? AND sequence <= ?
             AND aggregate_type = ? AND aggregate_id = ? ORDER BY sequence"
        );
        let rows = sqlx::query(&query)
            .bind(&subject.as_bytes()[..])
            .bind(up_to.cast_signed())
            .bind(stream.kind.as_str())
            .bind(stream.id.hyphenated().to_string())
            .fetch_all(&self.readers)
            .await
            .map_err(away)?;
        rows.iter().map(|row| envelope(row).map_err(away)).collect()
    }

    async fn at(&self, stream: StreamId, version: Version) -> Result<Option<Envelope<Raw>>, Unavailable> {
        let query =
            format!("SELECT {COLUMNS} FROM events WHERE aggregate_type = ? AND aggregate_id = ? AND sequence = ?");
        let row = sqlx::query(&query)
            .bind(stream.kind.as_str())
            .bind(stream.id.hyphenated().to_string())
            .bind(version.cast_signed())
            .fetch_optional(&self.readers)
            .await
            .map_err(away)?;
        row.map(|row| envelope(&row).map_err(away)).transpose()
    }

    async fn last_of_type(
        &self,
        stream: StreamId,
        event_type: &str,
        version: Version,
    ) -> Result<Option<Envelope<Raw>>, Unavailable> {
        let query = format!(
            "SELECT {COLUMNS} FROM events WHERE aggregate_type = ? AND aggregate_id = ? AND sequence <= ?
             AND event_type = ? ORDER BY sequence DESC LIMIT 1"
        );
        let row = sqlx::query(&query)
            .bind(stream.kind.as_str())
            .bind(stream.id.hyphenated().to_string())
            .bind(version.cast_signed())
            .bind(event_type)
            .fetch_optional(&self.readers)
            .await
            .map_err(away)?;
        row.map(|row| envelope(&row).map_err(away)).transpose()
    }

    async fn stream_of(&self, subject: Uuid) -> Result<Option<StreamId>, Unavailable> {
        let query = format!("SELECT {COLUMNS} FROM events WHERE subject = ? ORDER BY sequence LIMIT 1");
        let row = sqlx::query(&query).bind(&subject.as_bytes()[..]).fetch_optional(&self.readers);
        let row = row.await.map_err(away)?;
        row.map(|row| envelope(&row).map(|event| event.stream).map_err(away)).transpose()
    }

    async fn find(&self, event: EventId) -> Result<Option<(Position, Timestamp)>, Unavailable> {
        let query = "SELECT position, recorded_at FROM events WHERE event_id = ?";
        let row = sqlx::query(query).bind(&event.0.as_bytes()[..]).fetch_optional(&self.readers).await.map_err(away)?;
        row.map(|row| {
            let position = row.try_get::<i64, _>(0).map_err(away)?.cast_unsigned();
            Ok((position, Timestamp(row.try_get(1).map_err(away)?)))
        })
        .transpose()
    }
}

fn past(event: SerializedEvent) -> Result<Past, Unavailable> {
    let SerializedEvent { sequence, event_type, event_version, payload, .. } = event;
    let schema_version = event_version.parse().map_err(|_| Unavailable(format!("shape {event_version:?}")))?;
    Ok(Past { version: sequence as Version, event_type, schema_version, payload })
}
