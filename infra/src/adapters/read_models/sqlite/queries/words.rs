//! Finding messages by their terms.

use domain::RoomId;
use query_side::ports::{Found, Sought};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::messages::message;
use super::search::beginnings;
use super::values::{int, pairs};
use crate::adapters::read_models::tables::row::Columns as _;

/// The rarest of some terms leads: how often each stands in the rooms is counted up to a bound.
const RAREST: &str = "SELECT w.value FROM json_each(?2) w ORDER BY (
      SELECT count(*) FROM (
        SELECT 1 FROM json_each(?1) r JOIN message_terms t ON t.room_id = unhex(r.value ->> 0) AND t.term = w.value
        LIMIT 500)), length(w.value) DESC LIMIT 1";
const FOUND: &str = include_str!("found.sql");
/// Messages with the leading term that are looked at in all rooms together, where others have to stand beside it.
const LOOKED_AT: u32 = 1_000;

pub(super) async fn search(reader: &SqlitePool, sought: &Sought) -> Result<Found, sqlx::Error> {
    let Some(lead) = lead(reader, sought).await? else { return Ok(Found::default()) };
    let others: Vec<_> = sought.terms.iter().filter(|term| **term != lead).cloned().collect();
    let rows = sqlx::query(FOUND)
        .bind(pairs(&sought.rooms))
        .bind(lead)
        .bind(beginnings(&others))
        .bind(int(sought.before))
        .bind(looked_at(sought))
        .bind(sought.limit)
        .fetch_all(reader)
        .await?;
    found(&rows)
}

async fn lead(reader: &SqlitePool, sought: &Sought) -> Result<Option<String>, sqlx::Error> {
    match sought.terms.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        several => {
            let query = sqlx::query_scalar(RAREST).bind(pairs(&sought.rooms)).bind(beginnings(several));
            query.fetch_optional(reader).await
        }
    }
}

/// How many messages of a room are looked at: with one term as many as are wanted.
fn looked_at(sought: &Sought) -> u32 {
    let rooms = u32::try_from(sought.rooms.len().max(1)).unwrap_or(u32::MAX);
    match sought.terms.len() {
        0 | 1 => sought.limit,
        _ => sought.limit.max(LOOKED_AT / rooms),
    }
}

fn found(rows: &[SqliteRow]) -> Result<Found, sqlx::Error> {
    let looked_to = rows.first().map_or(Ok(0), |row| row.number("looked_to"))?;
    let mut messages = vec![];
    for row in rows {
        if row.id_or_none::<RoomId>("room_id")?.is_some() {
            messages.push((row.number("position")?, message(row)?));
        }
    }
    Ok(Found { messages, looked_to })
}
