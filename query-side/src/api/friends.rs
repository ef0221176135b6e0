//! `/api/friends`: the caller's friends.

use axum::Json;
use axum::response::Response;
use command_side::api::views::UserView;
use command_side::api::{Error, Params};
use domain::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{page, search};
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{Looked, Other, Part};
use crate::queries::Standings;

/// What is left out is read, too.
const MOST_SKIPPED: u32 = 10_000;

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    pub(super) limit: Option<u32>,
    pub(super) cursor: Option<String>,
}

/// Which page of a list, as older clients say it, too.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PagedOrSkipped {
    limit: Option<u32>,
    cursor: Option<String>,
    /// How many friends to leave out before the first, up to 10,000.
    #[param(maximum = 10_000)]
    offset: Option<u32>,
    /// The same as `offset`.
    #[param(maximum = 10_000)]
    skip: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// 1–50 characters, whatever case and accents.
    #[param(required, max_length = 50)]
    q: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// A user, and since when.
#[derive(Serialize, ToSchema)]
pub(super) struct Since {
    #[serde(flatten)]
    user: UserView,
    #[schema(value_type = String)]
    since: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Friends {
    friends: Vec<Since>,
    next_cursor: Option<String>,
}

/// Behind this friend.
#[derive(Deserialize, Serialize)]
struct After(UserId);

impl Cursor for After {
    const LIST: &'static str = "friends";
}

/// The caller's friends.
#[utoipa::path(get, path = "/api/friends", tag = "friend", params(Paged), security(("bearer" = [])),
    responses((status = 200, body = Friends), (status = 401), (status = 422)))]
pub(super) async fn friends(inquiry: Inquiry, Params(paged): Params<Paged>) -> Result<Json<Friends>, Error> {
    let limit = page::limit(paged.limit)?;
    let (friends, next_cursor) = read(&inquiry, limit, paged.cursor.as_deref(), 0).await?;
    Ok(Json(Friends { friends, next_cursor }))
}

/// The older spelling: the bare array, its next page in `Link: rel=next`.
#[utoipa::path(get, path = "/api/friends/list", tag = "friend", params(PagedOrSkipped), security(("bearer" = [])),
    responses((status = 200, body = [Since]), (status = 401), (status = 422)))]
#[deprecated]
pub(super) async fn list(inquiry: Inquiry, Params(paged): Params<PagedOrSkipped>) -> Result<Response, Error> {
    let limit = page::limit_of_array(paged.limit)?;
    let skip = paged.offset.or(paged.skip).unwrap_or(0);
    if skip > MOST_SKIPPED {
        return Err(Error::field("skip", "OUT_OF_RANGE", format!("skip is up to {MOST_SKIPPED}; page with cursor")));
    }
    let (friends, next) = read(&inquiry, limit, paged.cursor.as_deref(), skip).await?;
    Ok(page::linked("/api/friends/list", limit, next, Json(friends)))
}

/// Those friends in whose nickname or username a word begins so. A page may be short, or empty, and yet have a next one: of many friends
/// with frequent names some are looked at at a time.
#[utoipa::path(get, path = "/api/friends/search", tag = "friend", params(Asked), security(("bearer" = [])),
    responses((status = 200, body = Friends), (status = 401), (status = 422)))]
pub(super) async fn search(inquiry: Inquiry, Params(asked): Params<Asked>) -> Result<Json<Friends>, Error> {
    let limit = page::limit(asked.limit)?;
    let words = search::words(asked.q)?;
    if words.is_empty() {
        return Ok(Json(Friends { friends: vec![], next_cursor: None }));
    }
    let after = After::read_if_given(asked.cursor.as_deref())?.map(|After(user)| user);
    let part = Part { after, limit: limit + 1 };
    let Looked { found, to } = inquiry.directory().await?.friends_named(inquiry.caller, &words, part).await?;
    let (friends, next_cursor) = shown(&inquiry, found, limit, to).await?;
    Ok(Json(Friends { friends, next_cursor }))
}

async fn read(
    inquiry: &Inquiry,
    limit: u32,
    cursor: Option<&str>,
    skip: u32,
) -> Result<(Vec<Since>, Option<String>), Error> {
    let after = After::read_if_given(cursor)?.map(|After(user)| user);
    let part = Part { after, limit: skip + limit + 1 };
    let mut found = inquiry.directory().await?.friends(inquiry.caller, part).await?;
    found.drain(..found.len().min(skip as usize));
    shown(inquiry, found, limit, None).await
}

/// A page of `found`, and its next one, which begins behind the last of it or behind where was looked `to`.
async fn shown(
    inquiry: &Inquiry,
    found: Vec<Other>,
    limit: u32,
    to: Option<UserId>,
) -> Result<(Vec<Since>, Option<String>), Error> {
    let (found, next) = page::cut(found, limit, |last: &Other| After(last.user.id));
    let next = next.or(to.map(After)).map(|next| next.write()).transpose()?;
    let standings = inquiry.standings_near(found.iter().map(|other| other.user.id)).await;
    Ok((found.into_iter().map(|other| inquiry.since(other, &standings)).collect(), next))
}

impl Inquiry {
    /// Somebody as the caller may see them, and since when.
    pub(super) fn since(&self, other: Other, standings: &Standings) -> Since {
        Since { user: self.seen(other.user, standings), since: other.since }
    }
}
