//! Finding people by the beginnings of words.

use crate::adapters::read_models::tables::leads::{COUNTED, LOOKED_AT, Lead, end, leading};
use crate::adapters::read_models::tables::row::Columns as _;
use crate::adapters::read_models::tables::views;
use domain::UserId;
use query_side::ports::{Looked, Match, Search};
use sqlx::SqlitePool;

use super::values::blob;

/// The rarest word leads through the index; somebody who has several such words is found by the first of them.
const SEARCH: &str = include_str!("search.sql");
const COUNT: &str = include_str!("count.sql");
const COUNT_SEVERAL: &str = include_str!("count_several.sql");
/// Up to where is looked at once.
const BOUND: &str = "SELECT word, user_id FROM user_words
    WHERE (word, user_id) > (?1, ?2) AND word < ?3 ORDER BY word, user_id LIMIT 1 OFFSET ?4";

type Place = (String, UserId);

pub(super) async fn search(reader: &SqlitePool, search: &Search) -> Result<Looked<Match, Place>, sqlx::Error> {
    let Some(lead) = lead(reader, &search.words, search.after.as_ref()).await? else {
        return Ok(Looked { found: vec![], to: None });
    };
    let beginning = (lead.word.clone(), vec![]);
    let after = search.after.clone().map_or(beginning.clone(), |(word, user)| (word, blob(user.0)));
    // A cursor from before the first word would widen the search.
    let (word, user_id) = after.max(beginning);
    let to = if lead.others.is_empty() { None } else { bound(reader, &word, &user_id, &lead).await? };
    let (last_word, last_user) = to.clone().map_or((lead.end(), vec![]), |(word, user)| (word, blob(user.0)));
    let rows = sqlx::query(SEARCH)
        .bind(word)
        .bind(user_id)
        .bind(last_word)
        .bind(last_user)
        .bind(lead.word)
        .bind(beginnings(&lead.others))
        .bind(blob(search.by.0))
        .bind(search.limit)
        .fetch_all(reader)
        .await?;
    Ok(Looked { found: rows.iter().map(views::found).collect::<Result<_, _>>()?, to })
}

async fn bound(reader: &SqlitePool, word: &str, user: &[u8], lead: &Lead) -> Result<Option<Place>, sqlx::Error> {
    let query = sqlx::query(BOUND).bind(word).bind(user).bind(lead.end()).bind(LOOKED_AT - 1);
    let row = query.fetch_optional(reader).await?;
    row.map(|row| Ok((row.text("word")?, row.id("user_id")?))).transpose()
}

pub(super) async fn count(reader: &SqlitePool, search: &Search, most: u32) -> Result<u64, sqlx::Error> {
    let Some(lead) = lead(reader, &search.words, None).await? else { return Ok(0) };
    let count = if lead.others.is_empty() { COUNT } else { COUNT_SEVERAL };
    let query = sqlx::query_scalar(count).bind(&lead.word).bind(lead.end()).bind(blob(search.by.0)).bind(most);
    let query = match lead.others.is_empty() {
        true => query,
        false => query.bind(beginnings(&lead.others)).bind(LOOKED_AT),
    };
    let count: i64 = query.fetch_one(reader).await?;
    Ok(count.max(0).cast_unsigned())
}

/// The word that leads; one alone needs not be counted.
async fn lead(reader: &SqlitePool, words: &[String], after: Option<&Place>) -> Result<Option<Lead>, sqlx::Error> {
    match words {
        [] => Ok(None),
        [_] => Ok(Lead::of(words, &[0])),
        _ => rarest(reader, words, after).await,
    }
}

/// The rarest word, and whether it is rare.
pub(super) async fn rarest(
    reader: &SqlitePool,
    words: &[String],
    after: Option<&Place>,
) -> Result<Option<Lead>, sqlx::Error> {
    let (words, counted) = leading(words, after);
    let mut counts = vec![];
    for word in &words[..counted] {
        let row = sqlx::query(COUNTED).bind(word).bind(end(word)).fetch_one(reader).await?;
        counts.push(row.number("count")?);
    }
    Ok(Lead::of(&words, &counts))
}

/// Words as one parameter.
pub(super) fn beginnings(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}
