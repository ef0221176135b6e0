//! Finding people by the beginnings of words.

use crate::adapters::read_models::tables::leads::{COUNTED, LOOKED_AT, Lead, end, leading};
use crate::adapters::read_models::tables::row::Columns as _;
use crate::adapters::read_models::tables::views;
use command_side::ports::Unavailable;
use domain::UserId;
use futures::future::try_join_all;
use query_side::ports::{Looked, Match, Search};
use sqlx::Row as _;
use sqlx::mysql::{MySql, MySqlArguments, MySqlRow};
use sqlx::query::Query;

use super::{Tables, away};

/// Up to where is looked at once.
const BOUND: &str = "SELECT word, user_id FROM user_words
    WHERE word >= ? AND word < ? AND (word > ? OR user_id > ?) ORDER BY word, user_id LIMIT 1 OFFSET ?";
/// Neither oneself, nor anybody with a block between. Who is erased has no words. Each side is looked up by its key: of what does
/// `NOT EXISTS`, MariaDB makes a table first, for which it reads all sides that there are.
const OTHERS: &str = "w.user_id <> ?
    AND NOT COALESCE((SELECT s.blocks FROM friendship_sides s WHERE s.user_id = ? AND s.other_id = w.user_id), 0)
    AND NOT COALESCE((SELECT s.blocks FROM friendship_sides s WHERE s.user_id = w.user_id AND s.other_id = ?), 0)";

/// That each of `count` beginnings begins a word of the one who is `user`.
pub(super) fn beginnings(user: &str, count: usize) -> String {
    let one =
        format!(" AND EXISTS (SELECT 1 FROM user_words x WHERE x.user_id = {user} AND x.word >= ? AND x.word < ?)");
    one.repeat(count)
}

pub(super) fn bind_beginnings<'q>(
    query: Query<'q, MySql, MySqlArguments>,
    words: &[String],
) -> Query<'q, MySql, MySqlArguments> {
    words.iter().fold(query, |query, word| query.bind(word.clone()).bind(end(word)))
}

type Place = (String, UserId);

fn place(row: &MySqlRow) -> Result<Place, sqlx::Error> {
    Ok((row.text("word")?, row.id("user_id")?))
}

impl Tables {
    /// The rarest word leads through the index; somebody who has several such words is found by the first of them.
    pub(super) async fn find(&self, search: &Search) -> Result<Looked<Match, Place>, Unavailable> {
        let Some(lead) = self.lead(&search.words, search.after.as_ref()).await? else {
            return Ok(Looked { found: vec![], to: None });
        };
        let beginning = (lead.word.clone(), vec![]);
        let after = search.after.clone();
        let after = after.map_or(beginning.clone(), |(word, user)| (word, user.0.as_bytes().to_vec()));
        // A cursor from before the first word would widen the search.
        let (word, user_id) = after.max(beginning);
        let to = if lead.others.is_empty() { None } else { self.bound(&word, &user_id, &lead).await? };
        let (last_word, last_user) =
            to.clone().map_or((lead.end(), vec![]), |(word, user)| (word, user.0.as_bytes().to_vec()));
        let query = format!(
            "SELECT w.word, u.* FROM user_words w JOIN users u ON u.id = w.user_id
            WHERE w.word >= ? AND w.word < ? AND w.word <= ?
              AND (w.word > ? OR w.user_id > ?) AND (w.word < ? OR w.user_id <= ?)
              AND NOT EXISTS (SELECT 1 FROM user_words x WHERE x.user_id = w.user_id AND x.word >= ? AND x.word < w.word)
              {} AND {OTHERS} AND u.nickname IS NOT NULL ORDER BY w.word, w.user_id LIMIT ?",
            beginnings("w.user_id", lead.others.len())
        );
        let query = sqlx::query(&query).bind(&word).bind(lead.end()).bind(&last_word).bind(&word).bind(user_id);
        let query = bind_beginnings(query.bind(&last_word).bind(last_user).bind(&lead.word), &lead.others);
        let by = search.by.0.as_bytes().to_vec();
        let rows = self.all(query.bind(by.clone()).bind(by.clone()).bind(by).bind(search.limit)).await?;
        Ok(Looked { found: rows.iter().map(views::found).collect::<Result<_, _>>().map_err(away)?, to })
    }

    async fn bound(&self, word: &str, user: &[u8], lead: &Lead) -> Result<Option<Place>, Unavailable> {
        let query = sqlx::query(BOUND).bind(word).bind(lead.end()).bind(word).bind(user).bind(LOOKED_AT - 1);
        self.all(query).await?.first().map(place).transpose().map_err(away)
    }

    pub(super) async fn count_found(&self, search: &Search, most: u32) -> Result<u64, Unavailable> {
        let Some(lead) = self.lead(&search.words, None).await? else { return Ok(0) };
        // With a bound it would be made a table of before anything is counted.
        let bound = if lead.others.is_empty() { String::new() } else { format!("ORDER BY word LIMIT {LOOKED_AT}") };
        let query = format!(
            "SELECT count(*) FROM (SELECT DISTINCT w.user_id
            FROM (SELECT word, user_id FROM user_words WHERE word >= ? AND word < ? {bound}) w
            WHERE {OTHERS} {} LIMIT ?) found",
            beginnings("w.user_id", lead.others.len())
        );
        let by = search.by.0.as_bytes().to_vec();
        let query = sqlx::query(&query).bind(&lead.word).bind(lead.end()).bind(by.clone()).bind(by.clone()).bind(by);
        let rows = self.all(bind_beginnings(query, &lead.others).bind(most)).await?;
        let count = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0)).map_err(away)?;
        Ok(count.max(0).cast_unsigned())
    }

    /// The word that leads; one alone needs not be counted.
    async fn lead(&self, words: &[String], after: Option<&Place>) -> Result<Option<Lead>, Unavailable> {
        match words {
            [] => Ok(None),
            [_] => Ok(Lead::of(words, &[0])),
            _ => self.rarest(words, after).await,
        }
    }

    /// The rarest word, and whether it is rare.
    pub(super) async fn rarest(&self, words: &[String], after: Option<&Place>) -> Result<Option<Lead>, Unavailable> {
        let (words, counted) = leading(words, after);
        let counts = words[..counted].iter().map(|word| async move {
            let rows = self.all(sqlx::query(COUNTED).bind(word).bind(end(word))).await?;
            rows.first().map_or(Ok(0), |row| row.number("count")).map_err(away)
        });
        Ok(Lead::of(&words, &try_join_all(counts).await?))
    }
}
