//! What every port says about itself.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use super::{Answer, Parts, Port, call, parts, request, router, settings};
use crate::config::Context;
use crate::http::Readiness;

async fn ask(parts: &Parts, port: Port, path: &str) -> Answer {
    let request = request("GET", path).body(Body::empty()).expect("a request");
    Answer::of(router(parts, &settings(), port), request).await
}

#[tokio::test]
async fn a_port_says_which_it_is_and_serves_its_own() {
    assert_eq!(call("GET", "/health").await.json(), json!({ "status": "healthy", "service": "gateway" }));
    assert_eq!(ask(&parts(), Port::Context(Context::Chat), "/health").await.json()["service"], "chat");
    ask(&parts(), Port::Context(Context::User), "/toy").await.is(StatusCode::OK);
    ask(&parts(), Port::Context(Context::Chat), "/toy").await.problem(StatusCode::NOT_FOUND, "NOT_FOUND");
}

#[tokio::test]
async fn readiness_names_the_part_that_is_away() {
    assert_eq!(
        call("GET", "/health/ready").await.is(StatusCode::OK).json(),
        json!({ "status": "ready", "checks": {} })
    );
    let readiness =
        Readiness::default().with("events", async || Ok(())).with("keys", async || Err("secret".to_owned()));
    let answer =
        ask(&Parts { readiness, ..parts() }, Port::Gateway, "/health/ready").await.is(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json(), json!({ "status": "unavailable", "checks": { "events": "ok", "keys": "away" } }));
}

#[tokio::test]
async fn a_part_that_only_some_calls_need_is_named_and_the_process_stays_ready() {
    let readiness =
        Readiness::default().with("events", async || Ok(())).wishing("timeline", async || Err("no answer".to_owned()));
    let answer = ask(&Parts { readiness, ..parts() }, Port::Gateway, "/health/ready").await.is(StatusCode::OK);
    assert_eq!(answer.json(), json!({ "status": "ready", "checks": { "events": "ok", "timeline": "away" } }));
}

#[tokio::test]
async fn while_the_process_is_opening_every_call_is_answered_with_503() {
    let parts = Parts { contexts: vec![], is_opening: true, ..parts() };
    ask(&parts, Port::Gateway, "/health").await.is(StatusCode::OK);
    let answer = ask(&parts, Port::Context(Context::Chat), "/api/rooms").await;
    answer.problem(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE");
}

#[tokio::test]
async fn a_part_that_does_not_answer_is_away() {
    let readiness = Readiness::default().with("events", std::future::pending);
    let answer =
        ask(&Parts { readiness, ..parts() }, Port::Gateway, "/health/ready").await.is(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["checks"]["events"], "away");
}

#[tokio::test]
async fn what_is_away_is_counted_by_who_asks_for_metrics() {
    let readiness =
        Readiness::default().with("events", async || Ok(())).wishing("timeline", async || Err("no answer".to_owned()));
    let text = ask(&Parts { readiness, ..parts() }, Port::Gateway, "/metrics").await.text;
    for line in [r#"chat_dependency_up{part="events"} 1"#, r#"chat_dependency_up{part="timeline"} 0"#] {
        assert!(text.contains(line), "{text}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_pattern() {
    let parts = parts();
    ask(&parts, Port::Gateway, "/toy/id/7").await.is(StatusCode::OK);
    ask(&parts, Port::Gateway, "/toy/id/8").await.is(StatusCode::OK);
    ask(&parts, Port::Gateway, "/no/such/7").await.is(StatusCode::NOT_FOUND);
    let answer = ask(&parts, Port::Gateway, "/metrics").await.is(StatusCode::OK);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    for line in [
        r#"chat_http_requests_total{method="GET",route="/toy/id/{id}",status="200"} 2"#,
        r#"chat_http_requests_total{method="GET",route="none",status="404"} 1"#,
    ] {
        assert!(answer.text.contains(line), "{}", answer.text);
    }
    assert!(answer.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_document_and_its_page_come_from_the_binary() {
    let document = call("GET", "/openapi.json").await.is(StatusCode::OK).json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let refusal = &document["paths"]["/api/ceiling"]["post"]["responses"]["default"]["content"];
    assert_eq!(refusal["application/problem+json"]["schema"]["$ref"], "#/components/schemas/Problem");
    let redirect = call("GET", "/docs").await;
    assert_eq!((redirect.head.status(), redirect.header("location")), (StatusCode::SEE_OTHER, "/docs/"));
    let page = call("GET", "/docs/").await.is(StatusCode::OK);
    assert!(page.text.contains("swagger-ui") && !page.text.contains("https://"), "{}", page.text);
    assert!(call("GET", "/docs/swagger-initializer.js").await.text.contains("/openapi.json"));
}
