//! Finding messages by their terms.

use std::cmp::Reverse;

use query_side::ports::{Found, Sought};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::messages::message;
use super::search::beginnings;
use super::values::{int, pairs};
use crate::adapters::read_models::tables::row::Columns as _;

/// The rarest of some terms leads, of those that are the longest.
const RAREST: &str = include_str!("rarest.sql");
const MOST_COUNTED: usize = 6;
/// Rooms that are asked which one that is, those with the newest activity: in all of them it would take as long as the search.
const ASKED: usize = 10;
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
    if sought.terms.len() < 2 {
        return Ok(sought.terms.first().cloned());
    }
    let rooms = &sought.rooms[..sought.rooms.len().min(ASKED)];
    let mut longest = sought.terms.clone();
    longest.sort_by_key(|term| Reverse(term.len()));
    longest.truncate(MOST_COUNTED);
    let query = sqlx::query_scalar(RAREST).bind(pairs(rooms)).bind(beginnings(&longest));
    query.fetch_optional(reader).await
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
