//! What the relay keeps and reads on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::relay::{Ends, Lease, Outbox, Reached, Term};
use command_side::ports::{History, Unavailable};
use domain::stored::Raw;
use domain::{Envelope, EventId, Position, StreamId, Version};
use query_side::Positions;
use sqlx::postgres::PgRow;
use sqlx::{Error, Row as _};
use tokio::time::timeout;
use uuid::Uuid;

use super::failure::away;
use super::history::number;
use super::{PostgresEventStore, rows};
use crate::adapters::kafka::Stored;
use crate::adapters::partitions::{Partitions, THE_STORE};

/// Takes the lease if it ran out, or is of a process that went by the same name; from then on nothing is moved under an earlier epoch.
/// Not for a relay to topics of a generation that is over: it was not told that the store was adopted.
const TAKE: &str = "WITH took AS (
        INSERT INTO relay_lease AS l (id, holder, epoch, until)
        SELECT 1, $1, 1, clock_timestamp() + interval '5 s'
            WHERE coalesce((SELECT convert_from(value, 'UTF8') FROM identity WHERE name = 'topics'), '1') = $2
        ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, until = excluded.until
            WHERE l.until < clock_timestamp() OR l.holder = excluded.holder
        RETURNING epoch)
    INSERT INTO relay_state AS s (id, position, epoch) SELECT 1, 0, epoch FROM took
    ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch
    RETURNING s.position, s.event_id, s.epoch, s.ends::text";
const RENEW: &str = "UPDATE relay_lease SET until = clock_timestamp() + interval '5 s'
    WHERE id = 1 AND holder = $1 AND epoch = $2 RETURNING epoch";
const ADVANCE: &str = "UPDATE relay_state SET position = $2, event_id = $3, ends = $4::jsonb
    WHERE id = 1 AND epoch = $1 AND position <= $2 RETURNING epoch";
const RELEASE: &str = "UPDATE relay_lease SET until = clock_timestamp() WHERE id = 1 AND holder = $1 AND epoch = $2";

/// One relay's hold on the lease.
pub struct PostgresLease {
    store: Arc<PostgresEventStore>,
    holder: String,
    /// Of the topics that are fed.
    generation: u32,
}

impl PostgresLease {
    /// For a relay to topics of this generation that goes by a name of its own. One that keeps its name across restarts need not wait for the lease of the process
    /// that had it before.
    #[must_use]
    pub fn new(store: Arc<PostgresEventStore>, name: Option<String>, generation: u32) -> Self {
        Self { store, generation, holder: name.unwrap_or_else(|| Uuid::now_v7().to_string()) }
    }
}

#[async_trait]
impl Lease for PostgresLease {
    async fn take(&self) -> Result<Option<Term>, Unavailable> {
        let row = self.store.one(sqlx::query(TAKE).bind(&self.holder).bind(self.generation.to_string())).await?;
        row.map(|row| term(&row)).transpose().map_err(|error| away(&error))
    }

    async fn renew(&self, epoch: u64) -> Result<bool, Unavailable> {
        let renew = sqlx::query(RENEW).bind(&self.holder).bind(number(epoch));
        Ok(self.store.one(renew).await?.is_some())
    }

    async fn advance(&self, epoch: u64, reached: &Reached) -> Result<bool, Unavailable> {
        let ends = serde_json::to_string(&reached.ends).map_err(|error| Unavailable(error.to_string()))?;
        let advance = sqlx::query(ADVANCE).bind(number(epoch)).bind(number(reached.position));
        let advance = advance.bind(reached.event_id.map(|id| id.0)).bind(ends);
        Ok(self.store.one(advance).await?.is_some())
    }

    async fn release(&self, epoch: u64) {
        let release = sqlx::query(RELEASE).bind(&self.holder).bind(number(epoch));
        if let Err(reason) = self.store.one(release).await {
            tracing::debug!(%reason, "the lease runs out by itself");
        }
    }
}

fn term(row: &PgRow) -> Result<Term, Error> {
    let reached = Reached {
        position: rows::number(row, 0)?,
        event_id: row.try_get::<Option<Uuid>, _>(1)?.map(EventId),
        ends: serde_json::from_str(row.try_get(3)?).map_err(rows::damaged)?,
    };
    Ok(Term { epoch: rows::number(row, 2)?, reached })
}

#[async_trait]
impl Outbox for PostgresEventStore {
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        self.raw_after(position, limit).await
    }

    async fn news(&self, position: Position, wait: Duration) -> Result<Position, Unavailable> {
        let mut head = self.news();
        let told = timeout(wait, head.wait_for(|head| *head > position)).await.is_ok();
        if told { Ok(*self.head.borrow()) } else { self.look().await }
    }

    async fn holds(&self, position: Position, event: EventId) -> Result<bool, Unavailable> {
        Ok(self.mark_at(position).await?.is_some_and(|(id, _)| id == event.0))
    }
}

#[async_trait]
impl Stored for PostgresEventStore {
    async fn raw_after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        self.raw_after(position, limit).await
    }

    async fn page(&self, stream: StreamId, version: Version, limit: u32) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        History::page(self, stream, version, limit).await
    }

    async fn mark_at(&self, position: Position) -> Result<Option<(Uuid, i64)>, Unavailable> {
        self.mark_at(position).await
    }

    async fn relayed(&self) -> Result<Ends, Unavailable> {
        Ok(self.noted().await?.1)
    }

    async fn ends(&self, partitions: Partitions) -> Result<Ends, Unavailable> {
        self.topic_ends(partitions).await
    }
}

/// Events that are looked at one by one behind what was relayed; beyond, the newest position is taken for every partition.
const MOST: usize = 20_000;

impl PostgresEventStore {
    /// The position of the last event of each partition, as everything is appended by now.
    ///
    /// # Errors
    /// The database is away.
    pub async fn log_ends(&self, partitions: Partitions) -> Result<Positions, Unavailable> {
        let ends = match partitions {
            Partitions::One => Ends::from([(THE_STORE, self.look().await?)]),
            Partitions::Topics(_) => self.topic_ends(partitions).await?,
        };
        let mut positions = Positions::default();
        ends.into_iter().for_each(|(partition, position)| positions.raise(partition, position));
        Ok(positions)
    }

    /// What the relay notes: up to where everything is acknowledged, and where each partition ends there.
    async fn noted(&self) -> Result<(Position, Ends), Unavailable> {
        let row = self.one(sqlx::query("SELECT position, ends::text FROM relay_state WHERE id = 1")).await?;
        let noted = row.map(|row| relayed(&row)).transpose().map_err(|error| away(&error))?;
        Ok(noted.unwrap_or_default())
    }

    async fn topic_ends(&self, partitions: Partitions) -> Result<Ends, Unavailable> {
        let (position, mut ends) = self.noted().await?;
        ends.retain(|partition, _| partitions.all().contains(partition));
        let query = "SELECT position, aggregate_type, aggregate_id, subject FROM events
            WHERE position > $1 ORDER BY position LIMIT $2";
        let query = sqlx::query(query).bind(number(position)).bind(i64::try_from(MOST).unwrap_or(i64::MAX));
        let rows = self.all(query).await?;
        if rows.len() == MOST {
            let head = self.look().await?;
            ends.extend(partitions.all().into_iter().map(|partition| (partition, head)));
            return Ok(ends);
        }
        for row in rows {
            let read = || {
                let stream =
                    domain::StreamId { kind: rows::parsed(row.try_get(1)?)?, id: rows::parsed(row.try_get(2)?)? };
                Ok((partitions.of(stream, row.try_get(3)?), rows::number(&row, 0)?))
            };
            let (partition, position) = read().map_err(|error: Error| away(&error))?;
            ends.insert(partition, position);
        }
        Ok(ends)
    }
}

fn relayed(row: &PgRow) -> Result<(Position, Ends), Error> {
    Ok((rows::number(row, 0)?, serde_json::from_str(row.try_get(1)?).map_err(rows::damaged)?))
}
