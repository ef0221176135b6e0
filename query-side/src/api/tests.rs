//! The routes, asked without a network.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use command_side::api::Problem;
use domain::UserId;
use domain::user::{ImageName, ImageSize};
use tower::ServiceExt as _;
use utoipa_axum::router::OpenApiRouter;

use crate::live::given::{ANN, BOB, House, of, room};
use crate::ports::{Freshness, Images, LastWrite, Unavailable};
use crate::{Positions, Queries};

/// Whoever asks has written everything.
#[async_trait]
impl Freshness for House {
    async fn last_written(&self, _: UserId) -> LastWrite {
        LastWrite { positions: Positions::of(0, self.head()), is_certain: !self.is_unsure.load(Ordering::Relaxed) }
    }
}

/// Nobody has an image.
#[async_trait]
impl Images for House {
    async fn find(&self, _: &ImageName, _: ImageSize) -> Result<Option<Bytes>, Unavailable> {
        Ok(None)
    }
}

async fn routes(house: &Arc<House>) -> OpenApiRouter {
    let queries = Queries::new(house.clone(), house.clone(), house.clone()).with_patience(Duration::from_millis(20));
    let (queries, live) = (Arc::new(queries), house.live().await);
    let user = super::user(queries.clone(), house.clone(), live.clone());
    super::chat(queries.clone(), live).merge(user).merge(super::friend(queries))
}

async fn house() -> (Arc<House>, axum::Router) {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.apply();
    let router = routes(&house).await.into();
    (house, router)
}

fn asking(path: &str) -> axum::http::request::Builder {
    Request::get(path).extension(of(BOB))
}

async fn answer(router: &axum::Router, request: axum::http::request::Builder) -> Response {
    let request = request.body(Body::empty()).expect("a request");
    router.clone().oneshot(request).await.expect("an answer")
}

fn code(response: &Response) -> (u16, &'static str) {
    let problem = response.extensions().get::<Problem>().expect("a problem");
    (problem.status.as_u16(), problem.code)
}

#[tokio::test]
async fn an_answer_that_could_not_be_fresh_says_so() {
    let (house, router) = house().await;
    let path = format!("/api/messages?room_id={}", room(1));
    house.send(room(1), "not applied yet");
    let stale = answer(&router, asking(&path)).await;
    assert_eq!((stale.status(), &stale.headers()["stale"]), (StatusCode::OK, &"true".parse().expect("a value")));
    house.apply();
    assert!(!answer(&router, asking(&path)).await.headers().contains_key("stale"));
}

#[tokio::test]
async fn an_answer_to_somebody_of_whom_it_is_not_known_what_they_wrote_says_that_it_may_be_stale() {
    let (house, router) = house().await;
    let path = format!("/api/messages?room_id={}", room(1));
    for is_unsure in [false, true] {
        house.is_unsure.store(is_unsure, Ordering::Relaxed);
        let reply = answer(&router, asking(&path)).await;
        assert_eq!((reply.status(), reply.headers().contains_key("stale")), (StatusCode::OK, is_unsure));
    }
}

#[tokio::test]
async fn a_refusal_that_could_not_be_fresh_says_so_too() {
    let (house, router) = house().await;
    house.open(room(2), &[ANN, BOB]);
    let refused = answer(&router, asking(&format!("/api/chat-rooms/{}", room(2)))).await;
    assert_eq!(code(&refused), (404, "ROOM_NOT_FOUND"));
    assert!(refused.headers().contains_key("stale"));
}

#[tokio::test]
async fn a_position_from_beyond_the_log_costs_the_wait_and_no_more() {
    let (_house, router) = house().await;
    let forged = Positions::of(0, u64::MAX).to_string();
    let request = asking("/api/chat-rooms").header("Min-Event-Position", forged);
    let stale = answer(&router, request).await;
    assert_eq!((stale.status(), stale.headers().contains_key("stale")), (StatusCode::OK, true));
    let nonsense = answer(&router, asking("/api/chat-rooms").header("Min-Event-Position", "nonsense")).await;
    assert_eq!(code(&nonsense), (422, "INVALID_EVENT_POSITION"));
}

#[tokio::test]
async fn strangers_are_refused_before_anything_else_is_looked_at() {
    let (_house, router) = house().await;
    let paths = [
        "/api/profile",
        "/api/users",
        "/api/users/x",
        "/api/users/x/exists",
        "/api/users/search",
        "/api/friends",
        "/api/friends/list",
        "/api/friends/requests",
        "/api/friends/blocks",
        "/api/chat-rooms?limit=0",
        "/api/chat-rooms/x",
        "/api/messages",
        "/api/messages/x",
        "/api/messages/search",
        "/api/messages/room/x/unread-count",
        "/api/messages/stream",
        "/api/messages/stream/x",
    ];
    for path in paths {
        assert_eq!(code(&answer(&router, Request::get(path)).await), (401, "UNAUTHENTICATED"), "{path}");
    }
}

#[tokio::test]
async fn limits_cursors_and_ids_are_judged() {
    let (_house, router) = house().await;
    let messages = format!("/api/messages?room_id={}", room(1));
    for (path, expected) in [
        (format!("{messages}&limit=101"), (422, "INVALID")),
        (format!("{messages}&limit=x"), (422, "INVALID_QUERY")),
        (format!("{messages}&cursor=nonsense"), (422, "INVALID_CURSOR")),
        (format!("{messages}&system=x"), (422, "INVALID_QUERY")),
        ("/api/messages/search".to_owned(), (422, "INVALID")),
        ("/api/messages/search?q=x&cursor=nonsense".to_owned(), (422, "INVALID_CURSOR")),
        ("/api/messages/search?q=x&room_id=nonsense".to_owned(), (404, "ROOM_NOT_FOUND")),
        ("/api/messages".to_owned(), (422, "INVALID_QUERY")),
        ("/api/messages?room_id=nonsense".to_owned(), (404, "ROOM_NOT_FOUND")),
        ("/api/users?user_ids=".to_owned(), (422, "INVALID")),
        ("/api/users/search".to_owned(), (422, "INVALID")),
        ("/api/users/nobody".to_owned(), (404, "USER_NOT_FOUND")),
        ("/api/users/%FF".to_owned(), (404, "NOT_FOUND")),
        ("/api/users/%FF/exists".to_owned(), (404, "NOT_FOUND")),
        ("/api/messages/stream/nonsense".to_owned(), (404, "ROOM_NOT_FOUND")),
        ("/api/messages/stream?last_event_id=nonsense".to_owned(), (422, "INVALID_LAST_EVENT_ID")),
    ] {
        assert_eq!(code(&answer(&router, asking(&path)).await), expected, "{path}");
    }
}

#[tokio::test]
async fn a_stream_is_served_as_one() {
    let (_house, router) = house().await;
    for path in [format!("/api/messages/stream/{}", room(1)), "/api/messages/stream".to_owned()] {
        let stream = answer(&router, asking(&path)).await;
        let header = |name: &str| stream.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(
            (header("content-type"), header("cache-control"), header("x-accel-buffering")),
            ("text/event-stream".to_owned(), "no-store".to_owned(), "no".to_owned())
        );
    }
}

#[tokio::test]
async fn the_document_says_how_to_sign_in_and_what_is_old() {
    let document = routes(&House::new()).await.into_openapi();
    let document = serde_json::to_value(document).expect("JSON");
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
    let paths = document["paths"].as_object().expect("paths");
    for (path, methods) in paths {
        for operation in methods.as_object().expect("methods").values() {
            let is_public = path == "/api/users/images/{name}";
            assert_eq!(operation["security"][0].get("bearer").is_none(), is_public, "{path}");
        }
    }
    assert_eq!(paths["/api/profile"]["get"]["parameters"][0]["name"], "Min-Event-Position");
    assert!(paths["/api/profile"]["get"]["responses"]["200"]["headers"].get("Stale").is_some());
    for old in ["/api/profile/me", "/api/friends/list", "/api/messages/{id}"] {
        assert_eq!(paths[old]["get"]["deprecated"], true, "{old}");
    }
}
