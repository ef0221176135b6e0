//! `/api/messages/stream`: what happens in rooms, live.

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRef, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use command_side::api::{Caller, Error, Id, Params};
use domain::room::RoomError;
use domain::{Refusal, RoomId, Version};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::freshness::Inquiry;
use crate::live::{Live, Subscription};
use crate::{Positions, Queries};

const LAST_EVENT_ID: &str = "last-event-id";

/// What the handlers of streams share.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) queries: Arc<Queries>,
    pub(super) live: Arc<Live>,
}

impl FromRef<Served> for Arc<Queries> {
    fn from_ref(served: &Served) -> Self {
        served.queries.clone()
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// As the header `Last-Event-ID`, which goes before it.
    last_event_id: Option<String>,
}

/// A room, live: from now on, or after the version that `Last-Event-ID` says. How far somebody has read says `up_to` of
/// `messages_read`; its `message_ids` are always empty. Whoever writes has read what stands above: of that, `new_message` alone is sent.
#[utoipa::path(get, path = "/api/messages/stream/{room_id}", tag = "chat",
    params(("room_id" = String, Path), ("Last-Event-ID" = Option<String>, Header), Asked),
    security(("bearer" = [])),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401),
        (status = 403, description = "NOT_A_MEMBER"), (status = 404, description = "ROOM_NOT_FOUND"), (status = 422)))]
pub(super) async fn room(
    inquiry: Inquiry,
    caller: Caller,
    State(served): State<Served>,
    Id(room): Id<RoomId>,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
) -> Result<Response, Error> {
    let last = last::<Plain>(&headers, asked)?.map(|Plain(version)| version);
    let room = room.ok_or(Refusal::from(RoomError::NotFound))?;
    inquiry.timeline().await?;
    served.live.room(caller, room, last).await.map(stream)
}

/// All rooms of the caller, live. Ids are opaque; order holds within a room.
#[utoipa::path(get, path = "/api/messages/stream", tag = "chat",
    params(("Last-Event-ID" = Option<String>, Header), Asked), security(("bearer" = [])),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401), (status = 422)))]
pub(super) async fn all_rooms(
    inquiry: Inquiry,
    caller: Caller,
    State(served): State<Served>,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
) -> Result<Response, Error> {
    let last = last::<Positions>(&headers, asked)?;
    inquiry.timeline().await?;
    served.live.rooms(caller, last).map(stream)
}

/// A version as it stands in an id: digits only.
pub(super) struct Plain(pub(super) Version);

impl FromStr for Plain {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().map(Self).map_err(drop) } else { Err(()) }
    }
}

/// Where the client says that it was.
///
/// # Errors
/// `INVALID_LAST_EVENT_ID` when it is nonsense.
pub(super) fn last<T: FromStr>(headers: &HeaderMap, asked: Asked) -> Result<Option<T>, Error> {
    let text = match headers.get(LAST_EVENT_ID) {
        Some(value) => Some(value.to_str().map(str::to_owned).unwrap_or_default()),
        None => asked.last_event_id,
    };
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::Malformed {
        code: "INVALID_LAST_EVENT_ID",
        detail: "the last event id is none of this stream".to_owned(),
    })
}

/// Serves a subscription.
pub(super) fn stream(subscription: Subscription) -> Response {
    let mut response = Response::new(Body::from_stream(subscription));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The end of a stream is the end of its connection: nothing is held for one who is gone.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(id: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(LAST_EVENT_ID), HeaderValue::from_static(id))])
    }

    fn asked(id: &str) -> Asked {
        Asked { last_event_id: Some(id.to_owned()) }
    }

    fn version(last: Result<Option<Plain>, Error>) -> Option<Option<Version>> {
        last.ok().map(|last| last.map(|Plain(version)| version))
    }

    #[test]
    fn the_header_goes_before_the_query() {
        assert_eq!(version(last(&headers("4"), asked("nonsense"))), Some(Some(4)));
        assert_eq!(version(last(&HeaderMap::new(), asked("2"))), Some(Some(2)));
        assert_eq!(version(last(&HeaderMap::new(), Asked { last_event_id: None })), Some(None));
        assert_eq!(version(last(&headers("nonsense"), asked("4"))), None);
    }

    #[test]
    fn nonsense_is_refused() {
        for id in ["", "abc", "-1", "+1", "1.5", "0x10", "1 2", "99999999999999999999999", "é"] {
            assert_eq!(version(last(&HeaderMap::new(), asked(id))), None, "{id}");
            assert!(last::<Positions>(&HeaderMap::new(), asked(id)).is_err(), "{id}");
        }
    }
}
