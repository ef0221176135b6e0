//! Rooms by the numbers that the system before this one gave them, in paths and queries: where they lead is looked up before the
//! request is answered. All others pass.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::response::{IntoResponse as _, Response};
use command_side::api::{Error, OlderRoom};
use command_side::ports::OlderRooms;
use domain::older::number;
use tower::Service;

/// What stands before a room in a path.
const PLACES: [&str; 4] = ["/api/chat-rooms/", "/api/messages/room/", "/api/messages/stream/", "/api/messages/"];
const PARAMETER: &str = "room_id=";

/// Where an older number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Older {
    Path(u64),
    Query(u64),
}

/// The older number of a room that a request names, if it does.
pub(super) fn older(request: &Request) -> Option<Older> {
    in_path(request.uri().path()).map(Older::Path).or_else(|| in_query(request.uri().query()?).map(Older::Query))
}

fn in_path(path: &str) -> Option<u64> {
    let rest = PLACES.iter().find_map(|place| path.strip_prefix(place))?;
    number(rest.split('/').next()?)
}

fn in_query(query: &str) -> Option<u64> {
    query.split('&').find_map(|parameter| number(parameter.strip_prefix(PARAMETER)?))
}

/// Answers a request with the room to which its number leads; one that leads nowhere is as unknown as any other.
pub(super) async fn led<S>(
    rooms: Arc<dyn OlderRooms>,
    older: Older,
    mut request: Request,
    mut inner: S,
) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let (Older::Path(number) | Older::Query(number)) = older;
    let room = match rooms.find(number).await {
        Ok(Some(room)) => room,
        Ok(None) => return inner.call(request).await,
        Err(away) => return Ok(Error::from(away).into_response()),
    };
    match older {
        Older::Path(number) => {
            request.extensions_mut().insert(OlderRoom { number: number.to_string(), room });
        }
        Older::Query(number) => {
            let named = format!("{PARAMETER}{number}");
            if let Some(uri) = naming(request.uri(), &named, &format!("{PARAMETER}{room}")) {
                *request.uri_mut() = uri;
            }
        }
    }
    inner.call(request).await
}

/// `uri` with another parameter in its query.
fn naming(uri: &Uri, was: &str, is: &str) -> Option<Uri> {
    let parameters = uri.query()?.split('&').map(|parameter| if parameter == was { is } else { parameter });
    let query = parameters.collect::<Vec<_>>().join("&");
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("{}?{query}", uri.path())).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(uri: &str) -> Option<Older> {
        older(&Request::get(uri).body(axum::body::Body::empty()).expect("a request"))
    }

    #[test]
    fn a_room_is_found_where_one_stands_and_nothing_else_is_taken_for_one() {
        for path in
            ["/api/chat-rooms/7", "/api/messages/7", "/api/messages/room/7/unread-count", "/api/messages/stream/7"]
        {
            assert_eq!(found(path), Some(Older::Path(7)), "{path}");
        }
        assert_eq!(found("/api/messages?limit=1&room_id=7"), Some(Older::Query(7)));
        for other in [
            "/api/chat-rooms/check/7",
            "/api/users/7",
            "/api/chat-rooms/x7",
            "/api/messages?limit=7",
            "/api/friends/7/accept",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn one_parameter_is_named_otherwise_and_the_others_stay() {
        let uri = Uri::from_static("/api/messages?room_id=7&q=room_id=7&x=room_id%3D7");
        let named = naming(&uri, "room_id=7", "room_id=a-b").expect("a URI");
        assert_eq!(named, "/api/messages?room_id=a-b&q=room_id=7&x=room_id%3D7");
    }
}
