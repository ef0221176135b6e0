//! The log as it lies in its store, read past the server.

use crate::World;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, Row as _};
use std::collections::BTreeMap;
use std::time::Duration;

/// An event as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// In the log.
    pub position: i64,
    /// The type of the stream's aggregate.
    pub kind: String,
    /// The stream's id.
    pub id: String,
    /// In the stream.
    pub version: i64,
    /// What it is called.
    pub event_type: String,
    /// JSON, personal fields sealed.
    pub payload: String,
    /// JSON: actor, causation, correlation.
    pub metadata: String,
}

const ALL: &str = "SELECT position, aggregate_type, aggregate_id, sequence, event_type,
    CAST(payload AS TEXT) AS payload, CAST(metadata AS TEXT) AS metadata FROM events ORDER BY position";

macro_rules! stored {
    ($row:expr) => {
        Stored {
            position: $row.get("position"),
            kind: $row.get("aggregate_type"),
            id: $row.get("aggregate_id"),
            version: $row.get("sequence"),
            event_type: $row.get("event_type"),
            payload: $row.get("payload"),
            metadata: $row.get("metadata"),
        }
    };
}

/// All events, wherever the store of this world is.
pub async fn events(world: &World) -> Vec<Stored> {
    if let Some(premises) = world.premises() {
        let mut store = PgConnection::connect(&premises.postgres("events")).await.expect("PostgreSQL answers");
        let rows = sqlx::query(ALL).fetch_all(&mut store).await.expect("the events");
        return rows.iter().map(|row| stored!(row)).collect();
    }
    let options = SqliteConnectOptions::new().filename(world.data().join("events.db"));
    let mut store = options.busy_timeout(Duration::from_secs(10)).connect().await.expect("a database file");
    let rows = sqlx::query(ALL).fetch_all(&mut store).await.expect("the events");
    rows.iter().map(|row| stored!(row)).collect()
}

/// The number of events, if their positions, and the versions of each stream, are 1, 2, 3 … in the log's order.
///
/// # Errors
/// The first hole or repetition.
pub fn without_holes(events: &[Stored]) -> Result<i64, String> {
    let mut versions: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut last = 0;
    for Stored { position, kind, id, version, .. } in events {
        last += 1;
        let expected = versions.entry((kind, id)).or_default();
        *expected += 1;
        if *position != last {
            return Err(format!("a hole in the log: {position} where {last} is due"));
        }
        if version != expected {
            return Err(format!("a hole in {kind} {id} at position {position}: {version} where {expected} is due"));
        }
    }
    Ok(last)
}
