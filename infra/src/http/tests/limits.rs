//! Limits, by user, address and kind of call, and where a request came from.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::{Answer, Parts, Port, TOKEN, parts, request, router, settings};
use crate::adapters::rates::Rates;
use crate::config::{AllFlags, Settings, Sources};
use crate::http::Edge;

/// Three calls an hour of each kind, five of an address.
fn limited() -> Edge {
    let set = |name: &str| match name {
        "CHAT_QUERIES_PER_USER" | "CHAT_COMMANDS_PER_USER" => Some("1/h:3".into()),
        "CHAT_QUERIES_PER_ADDRESS" | "CHAT_COMMANDS_PER_ADDRESS" => Some("1/h:5".into()),
        "CHAT_TRUSTED_PROXIES" => Some("127.0.0.0/8".into()),
        _ => None,
    };
    let read = Settings::read(&Sources::gather(&AllFlags::default(), set).expect("settings")).expect("settings");
    let parts = Parts { rates: Arc::new(Rates::new(read.limits, false)), ..parts() };
    router(&parts, &Settings { ceiling: true, ..read }, Port::Gateway)
}

async fn ask(edge: &Edge, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(request(method, path), |request, (name, value)| request.header(*name, *value));
    Answer::of(edge.clone(), request.body(Body::empty()).expect("a request")).await
}

fn signed_in() -> [(&'static str, String); 1] {
    [("authorization", format!("Bearer {TOKEN}"))]
}

#[tokio::test]
async fn an_answer_says_what_is_left_and_a_call_too_many_when_to_come_again() {
    let edge = limited();
    for left in ["4", "3", "2", "1", "0"] {
        let answer = ask(&edge, "GET", "/toy", &[]).await.is(StatusCode::OK);
        assert_eq!(answer.header("ratelimit-policy"), r#""queries-address";q=5;w=18000"#);
        assert!(answer.header("ratelimit").starts_with(&format!(r#""queries-address";r={left};t="#)), "{answer:?}");
    }
    let refused = ask(&edge, "GET", "/toy", &[]).await.problem(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), "3600");
    assert_eq!(refused.header("ratelimit"), r#""queries-address";r=0;t=3600"#);
    ask(&edge, "GET", "/nowhere", &[]).await.is(StatusCode::TOO_MANY_REQUESTS);
    ask(&edge, "POST", "/api/ceiling", &[]).await.problem(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
}

#[tokio::test]
async fn who_is_signed_in_is_held_to_a_limit_of_their_own_too() {
    let (edge, token) = (limited(), signed_in());
    let headers = [(token[0].0, token[0].1.as_str())];
    for _ in 0..3 {
        let answer = ask(&edge, "POST", "/api/ceiling", &headers).await.is(StatusCode::NO_CONTENT);
        let policies = r#""commands-user";q=3;w=10800, "commands-address";q=5;w=18000"#;
        assert_eq!(answer.header("ratelimit-policy"), policies);
        assert!(answer.header("ratelimit").starts_with(r#""commands-user";r="#), "{answer:?}");
    }
    ask(&edge, "POST", "/api/ceiling", &headers).await.problem(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED");
    ask(&edge, "GET", "/toy/me", &headers).await.is(StatusCode::OK);
    let metrics = ask(&edge, "GET", "/metrics", &[]).await.text;
    assert!(metrics.contains(r#"chat_rate_limited_total{kind="commands",by="user"} 1"#), "{metrics}");
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_limits_of_their_own() {
    let edge = limited();
    for _ in 0..5 {
        ask(&edge, "GET", "/toy", &[("x-forwarded-for", "6.6.6.6, 192.0.2.1")]).await.is(StatusCode::OK);
    }
    for invented in ["1.1.1.1, 192.0.2.1", "192.0.2.1, 127.0.0.2"] {
        ask(&edge, "GET", "/toy", &[("x-forwarded-for", invented)]).await.is(StatusCode::TOO_MANY_REQUESTS);
    }
    ask(&edge, "GET", "/toy", &[("forwarded", "for=192.0.2.2")]).await.is(StatusCode::OK);
    let trace = ask(&edge, "GET", "/toy/trace", &[("x-forwarded-for", "2001:db8:0:1::7")]).await.json();
    assert_eq!(trace[2], "2001:db8:0:1::");
}

#[tokio::test]
async fn what_machines_ask_and_what_browsers_ask_before_they_ask_is_free() {
    let edge = limited();
    for _ in 0..9 {
        for path in ["/health", "/health/ready", "/metrics"] {
            let answer = ask(&edge, "GET", path, &[]).await.is(StatusCode::OK);
            assert_eq!(answer.header("ratelimit"), "");
        }
        ask(&edge, "OPTIONS", "/toy", &[]).await.is(StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn without_limits_answers_say_nothing_of_them() {
    let edge = router(&parts(), &settings(), Port::Gateway);
    let request: Request<Body> = request("GET", "/toy").body(Body::empty()).expect("a request");
    let answer = Answer::of(edge, request).await.is(StatusCode::OK);
    assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), ("", ""));
}
