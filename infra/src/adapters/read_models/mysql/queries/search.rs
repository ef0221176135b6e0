//! Finding people by the beginnings of words.

use crate::adapters::read_models::tables::views;
use command_side::ports::Unavailable;
use query_side::ports::{Match, Search};
use sqlx::Row as _;
use sqlx::mysql::{MySql, MySqlArguments};
use sqlx::query::Query;

use super::{Tables, away};

/// Behind every text that begins with what stands before it.
const LAST: char = char::MAX;
/// Neither oneself, nor anybody with a block between, nor who is erased.
const OTHERS: &str = "u.id <> ? AND u.nickname IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM friendship_sides s WHERE s.user_id = ? AND s.other_id = u.id AND s.blocks)
    AND NOT EXISTS (SELECT 1 FROM friendship_sides s WHERE s.user_id = u.id AND s.other_id = ? AND s.blocks)";

/// That each of `count` beginnings begins a word of `u`.
pub(super) fn beginnings(count: usize) -> String {
    let one = " AND EXISTS (SELECT 1 FROM user_words x WHERE x.user_id = u.id AND x.word >= ? AND x.word < ?)";
    one.repeat(count)
}

pub(super) fn bind_beginnings<'q>(
    query: Query<'q, MySql, MySqlArguments>,
    words: &[String],
) -> Query<'q, MySql, MySqlArguments> {
    words.iter().fold(query, |query, word| query.bind(word.clone()).bind(format!("{word}{LAST}")))
}

impl Tables {
    /// The first word leads through the index; somebody who has several such words is found by the first of them.
    pub(super) async fn find(&self, search: &Search) -> Result<Vec<Match>, Unavailable> {
        let Some((first, others)) = search.words.split_first() else { return Ok(vec![]) };
        let beginning = (first.clone(), vec![]);
        let after = search.after.clone();
        let after = after.map_or(beginning.clone(), |(word, user)| (word, user.0.as_bytes().to_vec()));
        // A cursor from before the first word would widen the search.
        let (word, user_id) = after.max(beginning);
        let query = format!(
            "SELECT w.word, u.* FROM user_words w JOIN users u ON u.id = w.user_id
            WHERE w.word >= ? AND w.word < ? AND (w.word > ? OR w.user_id > ?)
              AND NOT EXISTS (SELECT 1 FROM user_words x WHERE x.user_id = w.user_id AND x.word >= ? AND x.word < w.word)
              {} AND {OTHERS} ORDER BY w.word, w.user_id LIMIT ?",
            beginnings(others.len())
        );
        let query =
            sqlx::query(&query).bind(&word).bind(format!("{first}{LAST}")).bind(&word).bind(user_id).bind(first);
        let query = bind_beginnings(query, others);
        let by = search.by.0.as_bytes().to_vec();
        let rows = self.all(query.bind(by.clone()).bind(by.clone()).bind(by).bind(search.limit)).await?;
        rows.iter().map(views::found).collect::<Result<_, _>>().map_err(away)
    }

    pub(super) async fn count_found(&self, search: &Search, most: u32) -> Result<u64, Unavailable> {
        let Some((first, others)) = search.words.split_first() else { return Ok(0) };
        let query = format!(
            "SELECT count(*) FROM (SELECT DISTINCT w.user_id FROM user_words w JOIN users u ON u.id = w.user_id
            WHERE w.word >= ? AND w.word < ? {} AND {OTHERS} LIMIT ?) found",
            beginnings(others.len())
        );
        let query = sqlx::query(&query).bind(first).bind(format!("{first}{LAST}"));
        let by = search.by.0.as_bytes().to_vec();
        let query = bind_beginnings(query, others).bind(by.clone()).bind(by.clone()).bind(by).bind(most);
        let rows = self.all(query).await?;
        let count = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0)).map_err(away)?;
        Ok(count.max(0).cast_unsigned())
    }
}
