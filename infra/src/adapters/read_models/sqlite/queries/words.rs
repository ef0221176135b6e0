//! Finding messages by their terms.

use std::cmp::Reverse;

use query_side::ports::{Found, Sought, Within};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::messages::message;
use super::search::beginnings;
use super::values::{int, pairs};
use crate::adapters::read_models::tables::row::Columns as _;

/// Rooms, each with the position of its last event.
const NAMED: &str = "SELECT unhex(r.value ->> 0), r.value ->> 1 FROM json_each(?1) r";
const OF_SOMEBODY: &str = "SELECT r.id, r.activity FROM memberships m JOIN rooms r ON r.id = m.room_id
    WHERE m.user_id = unhex(?1) AND m.to_version IS NULL";
/// Few are parked: they are looked at first.
const IS_PARKED: &str = "SELECT EXISTS (
    SELECT 1 FROM parked p CROSS JOIN memberships m ON m.room_id = p.aggregate_id
    WHERE p.aggregate_type = 'Room' AND m.user_id = unhex(?1) AND m.to_version IS NULL)";
/// The rarest of some terms leads, of those that are the longest.
const RAREST: &str = include_str!("rarest.sql");
const MOST_COUNTED: usize = 6;
const FOUND: &str = include_str!("found.sql");
/// Messages with the leading term that are looked at, where others have to stand beside it.
const LOOKED_AT: u32 = 256;

pub(super) async fn search(reader: &SqlitePool, sought: &Sought) -> Result<Found, sqlx::Error> {
    let Some(lead) = lead(reader, sought).await? else { return Ok(Found::default()) };
    let others: Vec<_> = sought.terms.iter().filter(|term| **term != lead).cloned().collect();
    let most = if others.is_empty() { sought.limit } else { sought.limit.max(LOOKED_AT) };
    let (rooms, of) = rooms(&sought.within);
    let rows = sqlx::query(&among(rooms, FOUND))
        .bind(&of)
        .bind(lead)
        .bind(beginnings(&others))
        .bind(int(sought.before))
        .bind(most)
        .bind(sought.limit)
        .fetch_all(reader)
        .await?;
    let is_parked = match sought.within {
        Within::Rooms(_) => false,
        Within::RoomsOf(_) => sqlx::query_scalar(IS_PARKED).bind(of).fetch_one(reader).await?,
    };
    Ok(Found { is_parked, ..found(&rows)? })
}

/// How rooms are read, and of what.
fn rooms(within: &Within) -> (&'static str, String) {
    match within {
        Within::Rooms(rooms) => (NAMED, pairs(rooms)),
        Within::RoomsOf(user) => (OF_SOMEBODY, user.0.simple().to_string()),
    }
}

fn among(rooms: &str, statement: &str) -> String {
    format!("WITH RECURSIVE within (room_id, last) AS ({rooms}), {statement}")
}

async fn lead(reader: &SqlitePool, sought: &Sought) -> Result<Option<String>, sqlx::Error> {
    if sought.terms.len() < 2 {
        return Ok(sought.terms.first().cloned());
    }
    let mut longest = sought.terms.clone();
    longest.sort_by_key(|term| Reverse(term.len()));
    longest.truncate(MOST_COUNTED);
    let (rooms, of) = rooms(&sought.within);
    let statement = among(rooms, RAREST);
    sqlx::query_scalar(&statement).bind(of).bind(beginnings(&longest)).fetch_optional(reader).await
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
