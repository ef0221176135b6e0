//! Loading streams: through postgres-es where a state is folded, with the whole envelope where one is shown.

use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use command_side::ports::{History, Past, Unavailable};
use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository as _, SerializedEvent};
use domain::friendship::Friendship;
use domain::hash::Hash;
use domain::inbox::Inbox;
use domain::read_cursor::ReadCursor;
use domain::room::Room;
use domain::stored::Raw;
use domain::user::User;
use domain::{Envelope, Kind, Position, StreamId, Version};
use futures::FutureExt as _;
use sqlx::{Error, Row as _};
use tokio::time::timeout;
use uuid::Uuid;

use super::failure::away;
use super::rows::{self, columns, id_text, parsed, stored};
use super::{PATIENCE, PostgresEventStore, Statement};

#[async_trait]
impl History for PostgresEventStore {
    async fn after(&self, stream: StreamId, version: Version) -> Result<Vec<Past>, Unavailable> {
        match stream.kind {
            Kind::User => self.load::<User>(stream, version).await,
            Kind::Friendship => self.load::<Friendship>(stream, version).await,
            Kind::Room => self.load::<Room>(stream, version).await,
            Kind::ReadCursor => self.load::<ReadCursor>(stream, version).await,
            Kind::Inbox => self.load::<Inbox>(stream, version).await,
        }
    }

    async fn hash(&self, stream: StreamId, version: Version) -> Result<Option<Hash>, Unavailable> {
        let query = "SELECT hash FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence = $3";
        let row = self.one(of(query, stream).bind(number(version))).await?;
        row.map(|row| rows::hash(&row, 0)).transpose().map_err(|error| away(&error))
    }

    async fn about(&self, stream: StreamId, subject: Uuid, up_to: Version) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        // Without being told, PostgreSQL might walk the stream, which may be a million events long.
        let query = concat!(
            "WITH about AS MATERIALIZED (SELECT * FROM events WHERE subject = $3 AND sequence <= $4) SELECT ",
            columns!(),
            " FROM about WHERE aggregate_type = $1 AND aggregate_id = $2 ORDER BY sequence"
        );
        let rows = self.all(of(query, stream).bind(subject).bind(number(up_to))).await?;
        rows.iter().map(stored).collect()
    }

    /// Whoever does not know what came of an append asks here: what is not there then does not come later.
    async fn at(&self, stream: StreamId, version: Version) -> Result<Option<Envelope<Raw>>, Unavailable> {
        self.appending.settle().await?;
        let query = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence = $3"
        );
        let row = self.one(of(query, stream).bind(number(version))).await?;
        row.as_ref().map(stored).transpose()
    }

    async fn page(&self, stream: StreamId, after: Version, limit: u32) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let query = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4"
        );
        let rows = self.all(of(query, stream).bind(number(after)).bind(i64::from(limit))).await?;
        rows.iter().map(stored).collect()
    }

    async fn last_of_type(
        &self,
        stream: StreamId,
        event_type: &str,
        version: Version,
    ) -> Result<Option<Envelope<Raw>>, Unavailable> {
        let query = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence <= $3 AND event_type = $4
            ORDER BY sequence DESC LIMIT 1"
        );
        let row = self.one(of(query, stream).bind(number(version)).bind(event_type)).await?;
        row.as_ref().map(stored).transpose()
    }

    async fn next_of_type(
        &self,
        stream: StreamId,
        event_type: &str,
        version: Version,
    ) -> Result<Option<Envelope<Raw>>, Unavailable> {
        let query = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 AND event_type = $4
            ORDER BY sequence LIMIT 1"
        );
        let row = self.one(of(query, stream).bind(number(version)).bind(event_type)).await?;
        row.as_ref().map(stored).transpose()
    }

    async fn stream_of(&self, subject: Uuid) -> Result<Option<StreamId>, Unavailable> {
        let query = "SELECT aggregate_type, aggregate_id FROM events WHERE subject = $1 ORDER BY sequence LIMIT 1";
        let Some(row) = self.one(sqlx::query(query).bind(subject)).await? else { return Ok(None) };
        let read = || Ok(StreamId { kind: parsed(row.try_get(0)?)?, id: parsed(row.try_get(1)?)? });
        read().map(Some).map_err(|error: Error| away(&error))
    }
}

impl PostgresEventStore {
    async fn load<A: Aggregate>(&self, stream: StreamId, version: Version) -> Result<Vec<Past>, Unavailable> {
        let (id, after) = (id_text(stream), usize::try_from(number(version)).unwrap_or(0));
        // postgres-es unwraps whatever it can not decode: a damaged payload must not end the task that asks.
        let loading = AssertUnwindSafe(self.repository.get_last_events::<A>(&id, after)).catch_unwind();
        let loaded = timeout(PATIENCE, loading).await;
        let loaded = loaded.map_err(|_| Unavailable("the event store does not answer".to_owned()))?;
        let loaded = loaded.map_err(|_| Unavailable(format!("{stream} is damaged")))?;
        loaded.map_err(|error| Unavailable(format!("{stream}: {error}")))?.into_iter().map(past).collect()
    }

    /// At most `limit` events after `position`, as they are stored, in order.
    ///
    /// # Errors
    /// The database is away.
    pub async fn raw_after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let query = concat!("SELECT ", columns!(), " FROM events WHERE position > $1 ORDER BY position LIMIT $2");
        let query = sqlx::query(query).bind(number(position)).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        self.all(query).await?.iter().map(stored).collect()
    }

    /// The event at `position`: its id, and when it was recorded, in milliseconds.
    ///
    /// # Errors
    /// The database is away.
    pub async fn mark_at(&self, position: Position) -> Result<Option<(Uuid, i64)>, Unavailable> {
        let query = sqlx::query("SELECT event_id, recorded_at FROM events WHERE position = $1").bind(number(position));
        let row = self.one(query).await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose().map_err(|error: Error| away(&error))
    }
}

#[async_trait]
impl projections::ports::History for PostgresEventStore {
    async fn page(
        &self,
        stream: StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Envelope<Raw>>, projections::ports::Unavailable> {
        let page = History::page(self, stream, after, limit).await;
        page.map_err(|away| projections::ports::Unavailable(away.0))
    }
}

/// A statement whose first two parameters name `stream`.
pub(super) fn of(query: &str, stream: StreamId) -> Statement<'_> {
    sqlx::query(query).bind(stream.kind.as_str()).bind(id_text(stream))
}

/// As PostgreSQL has numbers: what is too large for it lies behind everything that is stored.
pub(super) fn number(version: Version) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn past(event: SerializedEvent) -> Result<Past, Unavailable> {
    let SerializedEvent { sequence, event_type, event_version, payload, .. } = event;
    let schema_version = event_version.parse();
    let schema_version =
        schema_version.map_err(|_| Unavailable(format!("{event_type} has shape {event_version:?}")))?;
    Ok(Past { version: sequence as Version, event_type, schema_version, payload })
}
