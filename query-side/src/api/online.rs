//! `/api/online-status`: who is there.

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use command_side::api::views::Presence;
use command_side::api::{Caller, Error, Id, Params};
use domain::user::UserError;
use domain::{Refusal, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::friends::Paged;
use super::page;
use super::streams::{self, Plain};
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::live::Live;
use crate::ports::{Other, Part};
use crate::queries::Standings;
use crate::{NotPositions, Positions};

/// Whether somebody is online. Across a block, whoever's it is, the other looks like somebody who went when it began.
#[derive(Serialize, ToSchema)]
pub(super) struct OnlineStatus {
    #[schema(value_type = String)]
    user_id: UserId,
    is_online: bool,
    /// The last sign of life; null when none is remembered.
    #[schema(value_type = Option<String>)]
    last_seen_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct FriendsOnline {
    friends: Vec<OnlineStatus>,
    next_cursor: Option<String>,
}

/// Behind this friend.
#[derive(Deserialize, Serialize)]
struct After(UserId);

impl Cursor for After {
    const LIST: &'static str = "online";
}

/// A sign of life of this session: the caller is online for a minute (`offline_after`) from now on. An open live stream gives them by itself.
#[utoipa::path(post, path = "/api/online-status/heartbeat", tag = "user", security(("bearer" = [])),
    responses((status = 204), (status = 401), (status = 429)))]
pub(super) async fn heartbeat(caller: Caller, State(live): State<Arc<Live>>) -> StatusCode {
    live.heartbeat(caller).await;
    StatusCode::NO_CONTENT
}

/// Whether the caller's friends are online.
#[utoipa::path(get, path = "/api/online-status/friends", tag = "user", operation_id = "friends_online", params(Paged),
    security(("bearer" = [])), responses((status = 200, body = FriendsOnline), (status = 401), (status = 422)))]
pub(super) async fn friends(inquiry: Inquiry, Params(paged): Params<Paged>) -> Result<Json<FriendsOnline>, Error> {
    let limit = page::limit(paged.limit)?;
    let after = After::read_if_given(paged.cursor.as_deref())?.map(|After(user)| user);
    let part = Part { after, limit: limit + 1 };
    let found = inquiry.directory().await?.friends(inquiry.caller, part).await?;
    let (found, next) = page::cut(found, limit, |last: &Other| After(last.user.id));
    let standings = inquiry.standings_near(found.iter().map(|other| other.user.id)).await;
    let friends = found.iter().map(|other| status(other.user.id, &standings)).collect();
    Ok(Json(FriendsOnline { friends, next_cursor: next.map(|next| next.write()).transpose()? }))
}

/// Whether a user is online.
#[utoipa::path(get, path = "/api/online-status/user/{id}", tag = "user", operation_id = "user_online",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = OnlineStatus), (status = 401),
        (status = 404, description = "USER_NOT_FOUND")))]
pub(super) async fn user(inquiry: Inquiry, Id(id): Id<UserId>) -> Result<Json<OnlineStatus>, Error> {
    let unknown = || Refusal::from(UserError::Unknown);
    let id = id.ok_or_else(unknown)?;
    if inquiry.directory().await?.by_ids(&[id]).await?.is_empty() {
        return Err(unknown().into());
    }
    Ok(Json(status(id, &inquiry.standings(&[id]).await?)))
}

/// The caller's friends, live: `connected`, then a `status` for each who is online, then one whenever one of them comes or goes. Who
/// is not named is offline; who is a friend no more is said to be offline. Of more than 10,000 friends those with the lowest ids are
/// followed. Gives no ids: whoever comes back is told anew. A `Last-Event-ID` that no stream gives is refused.
#[utoipa::path(get, path = "/api/online-status/stream", tag = "user", operation_id = "friends_stream",
    params(("Last-Event-ID" = Option<String>, Header), streams::Asked), security(("bearer" = [])),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401), (status = 422),
        (status = 429)))]
pub(super) async fn follow(
    caller: Caller,
    State(live): State<Arc<Live>>,
    headers: HeaderMap,
    Params(asked): Params<streams::Asked>,
) -> Result<Response, Error> {
    streams::last::<Given>(&headers, asked)?;
    live.friends(caller).map(streams::stream)
}

/// An id that a stream gives; it need not be this one.
struct Given;

impl FromStr for Given {
    type Err = NotPositions;

    fn from_str(text: &str) -> Result<Self, NotPositions> {
        let is_version = text.parse::<Plain>().is_ok();
        if is_version { Ok(Self) } else { text.parse::<Positions>().map(|_| Self) }
    }
}

fn status(user_id: UserId, standings: &Standings) -> OnlineStatus {
    let Presence { is_online, last_seen_at } = standings.of(user_id);
    OnlineStatus { user_id, is_online, last_seen_at }
}
