//! Finding people by the beginnings of words.

use crate::adapters::read_models::tables::views;
use query_side::ports::{Match, Search};
use sqlx::SqlitePool;

use super::values::blob;

/// Behind every text that begins with what stands before it.
const LAST: char = char::MAX;

/// The first word leads through the index; somebody who has several such words is found by the first of them.
const SEARCH: &str = include_str!("search.sql");
const COUNT: &str = include_str!("count.sql");

pub(super) async fn search(reader: &SqlitePool, search: &Search) -> Result<Vec<Match>, sqlx::Error> {
    let Some((first, others)) = search.words.split_first() else { return Ok(vec![]) };
    let beginning = (first.clone(), vec![]);
    let after = search.after.clone().map_or(beginning.clone(), |(word, user)| (word, blob(user.0)));
    // A cursor from before the first word would widen the search.
    let (word, user_id) = after.max(beginning);
    let rows = sqlx::query(SEARCH)
        .bind(word)
        .bind(user_id)
        .bind(format!("{first}{LAST}"))
        .bind(first)
        .bind(beginnings(others))
        .bind(blob(search.by.0))
        .bind(search.limit)
        .fetch_all(reader)
        .await?;
    rows.iter().map(views::found).collect()
}

pub(super) async fn count(reader: &SqlitePool, search: &Search, most: u32) -> Result<u64, sqlx::Error> {
    let Some((first, others)) = search.words.split_first() else { return Ok(0) };
    let count: i64 = sqlx::query_scalar(COUNT)
        .bind(first)
        .bind(format!("{first}{LAST}"))
        .bind(beginnings(others))
        .bind(blob(search.by.0))
        .bind(most)
        .fetch_one(reader)
        .await?;
    Ok(count.max(0).cast_unsigned())
}

/// Words as one parameter.
pub(super) fn beginnings(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}
