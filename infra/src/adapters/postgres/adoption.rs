//! What a store notes of the log that it feeds, for whoever begins another one.

use command_side::ports::Unavailable;
use command_side::ports::relay::{Partition, Reached};
use domain::{EventId, Position, StreamId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::failure::away;
use super::history::number;
use super::{PostgresEventStore, rows};
use crate::adapters::kafka::{CLUSTER, TOPICS};

/// Events whose places are read at once.
const PAGE: i64 = 20_000;
/// Whoever leads leads no more.
const BEGIN: &str = "WITH
    cluster AS (INSERT INTO identity (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value),
    topics AS (INSERT INTO identity (name, value) VALUES ($3, $4)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value),
    fenced AS (INSERT INTO relay_lease AS l (id, holder, epoch, until) VALUES (1, '', 1, clock_timestamp())
        ON CONFLICT (id) DO UPDATE SET holder = '', epoch = l.epoch + 1, until = excluded.until RETURNING epoch)
    INSERT INTO relay_state (id, position, event_id, epoch, ends) SELECT 1, $5, $6, epoch, $7::jsonb FROM fenced
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, event_id = excluded.event_id, epoch = excluded.epoch,
        ends = excluded.ends";

impl PostgresEventStore {
    /// Up to where the relay has sent, and the event there.
    ///
    /// # Errors
    /// The database is away.
    pub async fn sent(&self) -> Result<Option<(Position, EventId)>, Unavailable> {
        let row =
            self.one(sqlx::query("SELECT position, event_id FROM relay_state WHERE event_id IS NOT NULL")).await?;
        let sent = |row: PgRow| Ok((rows::number(&row, 0)?, EventId(row.try_get(1)?)));
        row.map(sent).transpose().map_err(|error: sqlx::Error| away(&error))
    }

    /// Who leads.
    ///
    /// # Errors
    /// The database is away.
    pub async fn leader(&self) -> Result<Option<String>, Unavailable> {
        let row = self.one(sqlx::query("SELECT holder FROM relay_lease WHERE until > clock_timestamp()")).await?;
        row.map(|row| row.try_get(0)).transpose().map_err(|error| away(&error))
    }

    /// Where the store ends, and the last event of each partition among those that an event of a stream about a subject goes to.
    ///
    /// # Errors
    /// The database is away.
    pub async fn everything(&self, goes_to: impl Fn(StreamId, Uuid) -> Vec<Partition>) -> Result<Reached, Unavailable> {
        let query = "SELECT position, aggregate_type, aggregate_id, subject, event_id FROM events
            WHERE position > $1 ORDER BY position LIMIT $2";
        let mut all = Reached::default();
        loop {
            let page = self.all(sqlx::query(query).bind(number(all.position)).bind(PAGE)).await?;
            if page.is_empty() {
                return Ok(all);
            }
            page.iter().try_for_each(|row| reach(&mut all, row, &goes_to)).map_err(|error| away(&error))?;
        }
    }

    /// From now on the store feeds topics of this generation on this cluster, from behind what is `reached`.
    ///
    /// # Errors
    /// The database is away.
    pub async fn begin_log(&self, cluster: &str, generation: u32, reached: &Reached) -> Result<(), Unavailable> {
        let ends = serde_json::to_string(&reached.ends).map_err(|error| Unavailable(error.to_string()))?;
        let begin = sqlx::query(BEGIN).bind(CLUSTER).bind(cluster.as_bytes().to_vec());
        let begin = begin.bind(TOPICS).bind(generation.to_string().into_bytes());
        let begin = begin.bind(number(reached.position)).bind(reached.event_id.map(|id| id.0)).bind(ends);
        self.one(begin).await.map(|_| ())
    }

    /// From now on the store feeds the same topics on this cluster.
    ///
    /// # Errors
    /// The database is away.
    pub async fn move_log(&self, cluster: &str) -> Result<(), Unavailable> {
        let query = sqlx::query("UPDATE identity SET value = $2 WHERE name = $1");
        self.one(query.bind(CLUSTER).bind(cluster.as_bytes().to_vec())).await.map(|_| ())
    }
}

fn reach(
    all: &mut Reached,
    row: &PgRow,
    goes_to: &impl Fn(StreamId, Uuid) -> Vec<Partition>,
) -> Result<(), sqlx::Error> {
    let stream = StreamId { kind: rows::parsed(row.try_get(1)?)?, id: rows::parsed(row.try_get(2)?)? };
    all.position = rows::number(row, 0)?;
    all.event_id = Some(EventId(row.try_get(4)?));
    let partitions = goes_to(stream, row.try_get(3)?);
    all.ends.extend(partitions.into_iter().map(|partition| (partition, all.position)));
    Ok(())
}
