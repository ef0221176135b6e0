//! `/api/friends/requests`: who waits for an answer.

use axum::Json;
use command_side::api::views::{FriendshipView, UserView};
use command_side::api::{Error, Params};
use domain::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::friends::Paged;
use super::page;
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{Directory, Part, Request, Requests};

/// A request and the other one of the two.
#[derive(Serialize, ToSchema)]
pub(super) struct RequestView {
    #[serde(flatten)]
    friendship: FriendshipView,
    user: UserView,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BothWays {
    received_requests: Vec<RequestView>,
    sent_requests: Vec<RequestView>,
    /// Goes on with both lists.
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Pending {
    requests: Vec<RequestView>,
    next_cursor: Option<String>,
}

/// Where one list goes on; nothing when it is at its end.
#[derive(Clone, Copy, Deserialize, Serialize)]
enum Rest {
    After(UserId),
    Nothing,
}

/// Where both lists go on.
#[derive(Deserialize, Serialize)]
struct BothRests {
    received: Rest,
    sent: Rest,
}

impl Cursor for BothRests {
    const LIST: &'static str = "requests";
}

/// Behind the request of this user.
#[derive(Deserialize, Serialize)]
struct After(UserId);

impl Cursor for After {
    const LIST: &'static str = "pending";
}

/// The requests that the caller received and sent, as long as they wait.
#[utoipa::path(get, path = "/api/friends/requests", tag = "friend", params(Paged), security(("bearer" = [])),
    responses((status = 200, body = BothWays), (status = 401), (status = 422)))]
pub(super) async fn requests(inquiry: Inquiry, Params(paged): Params<Paged>) -> Result<Json<BothWays>, Error> {
    let limit = page::limit(paged.limit)?;
    let from = BothRests::read_if_given(paged.cursor.as_deref())?;
    let (received, sent) = from.map_or((None, None), |from| (Some(from.received), Some(from.sent)));
    let directory = inquiry.directory().await?;
    let (received, sent) = futures::try_join!(
        read(&inquiry, &*directory, Requests::Received, received, limit),
        read(&inquiry, &*directory, Requests::Sent, sent, limit),
    )?;
    let more = received.1.is_some() || sent.1.is_some();
    let rest = |next: Option<UserId>| next.map_or(Rest::Nothing, Rest::After);
    let next = BothRests { received: rest(received.1), sent: rest(sent.1) };
    let next_cursor = more.then(|| next.write()).transpose()?;
    Ok(Json(BothWays { received_requests: received.0, sent_requests: sent.0, next_cursor }))
}

/// The requests that wait for the caller's answer.
#[utoipa::path(get, path = "/api/friends/requests/pending", tag = "friend", params(Paged), security(("bearer" = [])),
    responses((status = 200, body = Pending), (status = 401), (status = 422)))]
pub(super) async fn pending(inquiry: Inquiry, Params(paged): Params<Paged>) -> Result<Json<Pending>, Error> {
    let limit = page::limit(paged.limit)?;
    let from = After::read_if_given(paged.cursor.as_deref())?.map(|After(user)| Rest::After(user));
    let directory = inquiry.directory().await?;
    let (requests, next) = read(&inquiry, &*directory, Requests::Received, from, limit).await?;
    let next_cursor = next.map(|user| After(user).write()).transpose()?;
    Ok(Json(Pending { requests, next_cursor }))
}

/// A page of one list from its beginning (`None`) or where it goes on, and the user behind whom the next one begins.
async fn read(
    inquiry: &Inquiry,
    directory: &dyn Directory,
    which: Requests,
    from: Option<Rest>,
    limit: u32,
) -> Result<(Vec<RequestView>, Option<UserId>), Error> {
    let after = match from {
        None => None,
        Some(Rest::After(user)) => Some(user),
        Some(Rest::Nothing) => return Ok((vec![], None)),
    };
    let found = directory.requests(inquiry.caller, which, Part { after, limit: limit + 1 }).await?;
    let (found, next) = page::cut(found, limit, |last: &Request| last.user.id);
    let standings = inquiry.standings_near(found.iter().map(|request| request.user.id)).await;
    let view = |Request { friendship, user }: Request| RequestView { friendship, user: inquiry.seen(user, &standings) };
    Ok((found.into_iter().map(view).collect(), next))
}
