//! What is compressed, for whom, and what never is.

use axum::body::Body;
use axum::http::StatusCode;
use tower::ServiceExt as _;

use super::{Answer, Port, edge, parts, request, router, settings, with};
use crate::config::Settings;

async fn ask(path: &str, codings: &str) -> Answer {
    with("GET", path, &[("accept-encoding", codings)]).await.is(StatusCode::OK)
}

#[tokio::test]
async fn large_json_is_compressed_for_who_takes_it() {
    for (codings, coding) in [("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"), ("br;q=0.1, gzip;q=0.9", "gzip")] {
        let answer = ask("/toy/large", codings).await;
        assert_eq!(
            (answer.header("content-encoding"), answer.header("vary")),
            (coding, "accept-encoding"),
            "{codings}"
        );
        assert!(answer.text.len() < 1000 && answer.header("content-length").is_empty(), "{answer:?}");
    }
    for codings in
        ["", "identity", "zstd", "gzip;q=0", "*;q=0", "identity;q=0", "deflate, identity;q=0", "gzip;q=0, *;q=0"]
    {
        let answer = ask("/toy/large", codings).await;
        assert_eq!((answer.header("content-encoding"), answer.text.len()), ("", 4002), "{codings}");
    }
    let plain = with("GET", "/toy/large", &[]).await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
}

#[tokio::test]
async fn what_is_small_or_no_json_or_holds_a_secret_is_left_as_it_is() {
    for path in ["/toy/secret", "/toy", "/health", "/docs/swagger-ui.css"] {
        let answer = ask(path, "gzip, br").await;
        assert_eq!((answer.header("content-encoding"), answer.header("vary")), ("", ""), "{path}");
    }
    let refused = with("GET", "/toy/refused", &[("accept-encoding", "gzip")]).await;
    refused.problem(StatusCode::UNPROCESSABLE_ENTITY, "INVALID");
}

#[tokio::test]
async fn a_stream_is_never_compressed() {
    let request = request("GET", "/toy/stream").header("accept-encoding", "gzip, br");
    let Ok(stream) = edge().oneshot(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert!(!stream.headers().contains_key("content-encoding"));
}

#[tokio::test]
async fn metrics_are_compressed_and_nothing_is_when_it_is_off() {
    assert_eq!(ask("/metrics", "gzip").await.header("content-encoding"), "gzip");
    let off = router(&parts(), &Settings { compress_from: None, ..settings() }, Port::Gateway);
    let request = request("GET", "/toy/large").header("accept-encoding", "gzip");
    let answer = Answer::of(off, request.body(Body::empty()).expect("a request")).await;
    assert_eq!((answer.header("content-encoding"), answer.text.len()), ("", 4002));
}
