//! Finding messages by their terms.

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
/// Rooms in which it is counted, those with the newest activity: in all of them that would take as long as the search.
const COUNTED_IN: usize = 50;
const FOUND: &str = include_str!("found.sql");
/// Messages with the leading term that are looked at, where others have to stand beside it.
const LOOKED_AT: u32 = 400;

pub(super) async fn search(reader: &SqlitePool, sought: &Sought) -> Result<Found, sqlx::Error> {
    let Some(lead) = lead(reader, sought).await? else { return Ok(Found::default()) };
    let others: Vec<_> = sought.terms.iter().filter(|term| **term != lead).cloned().collect();
    let most = if others.is_empty() { sought.limit } else { sought.limit.max(LOOKED_AT) };
    let rows = sqlx::query(FOUND)
        .bind(pairs(&sought.rooms))
        .bind(lead)
        .bind(beginnings(&others))
        .bind(int(sought.before))
        .bind(most)
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
            let some = &sought.rooms[..sought.rooms.len().min(COUNTED_IN)];
            let query = sqlx::query_scalar(RAREST).bind(pairs(some)).bind(beginnings(several));
            query.fetch_optional(reader).await
        }
    }
}

fn found(rows: &[SqliteRow]) -> Result<Found, sqlx::Error> {
    let mut found = Found::default();
    for row in rows {
        let position = row.number("position")?;
        if row.flag("is_found")? {
            found.messages.push((position, message(row)?));
        }
        if row.flag("is_last")? {
            found.looked_to = position;
        }
    }
    Ok(found)
}
