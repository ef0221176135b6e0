//! Bodies, time, panics, and browsers of other origins.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use command_side::api::LARGEST_IMAGE;
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::{Answer, Port, call, edge, parts, request, router, settings};
use crate::config::Settings;

async fn post(body: Body) -> Answer {
    let request = request("POST", "/toy/bytes").header("content-type", "application/json");
    Answer::of(edge(), request.body(body).expect("a request")).await
}

#[tokio::test]
async fn a_body_has_a_limit_whether_or_not_it_says_its_size() {
    let limit = settings().body_limit;
    let chunked = |size: usize| {
        Body::from_stream(futures::stream::iter((0..size / 1024).map(|_| Ok::<_, std::io::Error>(vec![0; 1024]))))
    };
    assert_eq!(post(Body::from(vec![0; limit])).await.is(StatusCode::OK).text, limit.to_string());
    assert_eq!(post(chunked(limit)).await.is(StatusCode::OK).text, limit.to_string());
    for body in [Body::from(vec![0; limit + 1]), chunked(limit + 1024)] {
        post(body).await.problem(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE");
    }
}

#[tokio::test]
async fn what_is_answered_before_the_body_was_read_says_that_the_connection_ends() {
    let slow = || Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>());
    let unread = Answer::of(edge(), request("PUT", "/toy/bytes").body(slow()).expect("a request")).await;
    assert_eq!(unread.problem(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED").header("connection"), "close");
    for read in [post(Body::from(vec![0; 100_000])).await, call("PUT", "/toy/bytes").await] {
        assert_eq!(read.header("connection"), "", "{read:?}");
    }
}

#[tokio::test]
async fn whom_a_request_is_for_is_said_once() {
    for hosts in [&[][..], &["one", "other"]] {
        let address = request("GET", "/toy").body(Body::empty()).expect("a request");
        let (mut parts, body) = address.into_parts();
        parts.headers.remove("host");
        for host in hosts {
            parts.headers.append("host", host.parse().expect("a header"));
        }
        let answer = Answer::of(edge(), axum::http::Request::from_parts(parts, body)).await;
        answer.problem(StatusCode::BAD_REQUEST, "NO_HOST");
    }
}

#[tokio::test]
async fn only_a_route_that_takes_files_takes_more() {
    let largest = LARGEST_IMAGE + 64 * 1024;
    let upload = async |path: &str, size: usize| {
        Answer::of(edge(), request("POST", path).body(Body::from(vec![0; size])).expect("a request")).await
    };
    assert_eq!(upload("/toy/upload", largest).await.is(StatusCode::OK).text, largest.to_string());
    for (path, size) in [("/toy/upload", largest + 1), ("/toy/bytes", LARGEST_IMAGE)] {
        upload(path, size).await.problem(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE");
    }
}

#[tokio::test]
async fn what_takes_too_long_is_cut_off_but_a_stream_is_not() {
    let patience = Duration::from_millis(50);
    let edge = router(&parts(), &Settings { request_timeout: patience, ..settings() }, Port::Gateway);
    let ask = |path| request("GET", path).body(Body::empty()).expect("a request");
    let answer = Answer::of(edge.clone(), ask("/toy/slow")).await;
    assert_eq!(answer.problem(StatusCode::SERVICE_UNAVAILABLE, "TIMED_OUT").header("retry-after"), "1");
    let Ok(stream) = edge.oneshot(ask("/toy/stream")).await;
    assert!(timeout(4 * patience, stream.into_body().collect()).await.is_err(), "it is still open");
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_the_clients_fault() {
    let edge = router(&parts(), &Settings { request_timeout: Duration::from_millis(50), ..settings() }, Port::Gateway);
    let begun = futures::stream::iter([Ok::<_, std::io::Error>("begun")]).chain(futures::stream::pending());
    let request = request("POST", "/toy/bytes").body(Body::from_stream(begun)).expect("a request");
    Answer::of(edge, request).await.problem(StatusCode::REQUEST_TIMEOUT, "BODY_TIMED_OUT");
}

#[tokio::test]
async fn a_body_that_is_packed_is_not_taken() {
    let request = request("POST", "/toy/bytes").header("content-encoding", "gzip").body(Body::from("x"));
    let answer = Answer::of(edge(), request.expect("a request")).await;
    answer.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing_of_the_inside() {
    let answer = call("GET", "/toy/panic").await.problem(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL");
    assert!(!answer.text.contains("on purpose"));
}

async fn from_origin(origin: &str, method: &str, path: &str) -> Answer {
    let settings = Settings { cors_origins: vec!["https://chat.example".to_owned()], ..settings() };
    let request = request(method, path).header("origin", origin).header("access-control-request-method", "POST");
    Answer::of(router(&parts(), &settings, Port::Gateway), request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn only_origins_on_the_list_are_let_in() {
    const GOOD: &str = "https://chat.example";
    let preflight = from_origin(GOOD, "OPTIONS", "/toy").await.is(StatusCode::NO_CONTENT);
    assert_eq!(preflight.header("access-control-allow-origin"), GOOD);
    assert!(preflight.header("access-control-allow-headers").contains("idempotency-key"));
    assert!(!preflight.header("x-correlation-id").is_empty());
    for path in ["/toy", "/nowhere", "/toy/panic"] {
        let answer = from_origin(GOOD, "GET", path).await;
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), (GOOD, "origin"));
        assert!(answer.header("access-control-expose-headers").contains("event-position"));
        let answer = from_origin("https://chat.example.evil", "GET", path).await;
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), ("", "origin"));
    }
    let refused = from_origin("null", "OPTIONS", "/toy").await.is(StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(refused.header("access-control-allow-origin"), "");
}
