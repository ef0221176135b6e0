//! `/api/users/search`: finding people by the beginnings of their names' words.

use axum::Json;
use command_side::api::views::UserView;
use command_side::api::{Error, Params};
use domain::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page;
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{Match, Search};

/// The longest text that is searched for, in characters.
const LONGEST: usize = 50;
/// Beyond this, matches are not counted.
const MOST_COUNTED: u32 = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// 1–50 characters, whatever case and accents.
    #[param(required, max_length = 50)]
    q: Option<String>,
    /// The older spelling of `q`.
    query: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// People who were found.
#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    users: Vec<UserView>,
    next_cursor: Option<String>,
    /// Counted up to 1,000; of several words that are all frequent, among those who are looked at with the first page.
    total_count: u64,
}

/// Behind this word of this user.
#[derive(Deserialize, Serialize)]
struct After(String, UserId);

impl Cursor for After {
    const LIST: &'static str = "users";
}

/// People in whose nickname or username a word begins so; not oneself, nor anybody blocked either way. A page may be short, or empty,
/// and yet have a next one: words that are frequent and rarely stand together are looked for in parts.
#[utoipa::path(get, path = "/api/users/search", tag = "user", params(Asked), security(("bearer" = [])),
    responses((status = 200, body = Found), (status = 401), (status = 422)))]
pub(super) async fn users(inquiry: Inquiry, Params(asked): Params<Asked>) -> Result<Json<Found>, Error> {
    let limit = page::limit(asked.limit)?;
    let words = words(asked.q.or(asked.query))?;
    let after = After::read_if_given(asked.cursor.as_deref())?.map(|After(word, user)| (word, user));
    if words.is_empty() {
        return Ok(Json(Found { users: vec![], next_cursor: None, total_count: 0 }));
    }
    let search = Search { by: inquiry.caller, words, after, limit: limit + 1 };
    let directory = inquiry.directory().await?;
    let (looked, total_count) = futures::try_join!(directory.search(&search), directory.count(&search, MOST_COUNTED))?;
    let (found, next) = page::cut(looked.found, limit, |last: &Match| After(last.word.clone(), last.user.id));
    let next = next.or(looked.to.map(|(word, user)| After(word, user)));
    let standings = inquiry.standings_near(found.iter().map(|found| found.user.id)).await;
    Ok(Json(Found {
        users: found.into_iter().map(|found| inquiry.seen(found.user, &standings)).collect(),
        next_cursor: next.map(|next| next.write()).transpose()?,
        total_count,
    }))
}

/// The words that are searched for, the longest first: it is the rarest. None when the text has only signs.
///
/// # Errors
/// When there is no text, or it is blank or longer than 50 characters.
pub(super) fn words(q: Option<String>) -> Result<Vec<String>, Error> {
    let mut words = domain::text::words(&text(q, LONGEST)?);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    Ok(words)
}

/// A text that is searched for.
///
/// # Errors
/// When there is none, or it is blank or longer than `longest` characters.
pub(super) fn text(q: Option<String>, longest: usize) -> Result<String, Error> {
    let q = q.ok_or_else(|| Error::field("q", "MISSING", "q is missing"))?;
    if q.trim().is_empty() {
        return Err(Error::field("q", "BLANK", "q is blank"));
    }
    if q.chars().count() > longest {
        return Err(Error::field("q", "TOO_LONG", format!("q has more than {longest} characters")));
    }
    Ok(q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_comes_first_and_signs_are_none() {
        assert_eq!(words(Some("Ann van_Quast".to_owned())).expect("words"), ["quast", "ann", "van"]);
        assert!(words(Some("%_*".to_owned())).expect("no words").is_empty());
    }

    #[test]
    fn nothing_blank_or_long_is_searched_for() {
        for q in [None, Some(String::new()), Some(" ".to_owned()), Some("é".repeat(51))] {
            assert!(words(q.clone()).is_err(), "{q:?}");
        }
        assert!(words(Some("é".repeat(50))).is_ok());
    }
}
