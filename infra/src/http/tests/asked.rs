//! Who asks, what ties requests together, and how refusals look.

use axum::http::StatusCode;
use serde_json::json;

use super::{TOKEN, call, with};

#[tokio::test]
async fn a_refusal_is_a_problem_document() {
    let answer = call("GET", "/toy/refused").await.problem(StatusCode::UNPROCESSABLE_ENTITY, "INVALID");
    let json = answer.json();
    assert_eq!((&json["title"], &json["instance"]), (&json!("Invalid"), &json!("/toy/refused")));
    assert_eq!(json["errors"][1], json!({ "field": "email", "code": "TOO_LONG", "message": "too long" }));
}

#[tokio::test]
async fn what_axum_refuses_is_one_too() {
    let answer = call("GET", "/nowhere?secret=1").await.problem(StatusCode::NOT_FOUND, "NOT_FOUND");
    assert_eq!((&answer.json()["instance"], &answer.json()["errors"]), (&json!("/nowhere"), &json!(null)));
    let answer = call("DELETE", "/toy").await.problem(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED");
    let allowed: Vec<_> = answer.header("allow").split(',').collect();
    assert!(allowed.contains(&"GET") && allowed.contains(&"POST"), "{allowed:?}");
    call("POST", "/toy").await.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE");
    call("GET", "/toy/id/%FF").await.problem(StatusCode::UNPROCESSABLE_ENTITY, "MALFORMED");
}

#[tokio::test]
async fn a_trailing_slash_makes_no_difference_and_head_is_get_without_a_body() {
    assert_eq!(call("GET", "/toy/").await.is(StatusCode::OK).text, "plain");
    assert_eq!(call("GET", "/toy/id/7/?x=1").await.is(StatusCode::OK).text, "7");
    call("GET", "/").await.problem(StatusCode::NOT_FOUND, "NOT_FOUND");
    call("GET", "///").await.problem(StatusCode::NOT_FOUND, "NOT_FOUND");
    let head = call("HEAD", "/toy").await.is(StatusCode::OK);
    assert_eq!((head.header("content-length"), head.text.as_str()), ("5", ""));
}

#[tokio::test]
async fn the_bearer_of_a_genuine_token_is_somebody() {
    let genuine = format!("bearer {TOKEN}");
    with("GET", "/toy/me", &[("authorization", &genuine)]).await.is(StatusCode::OK);
    for wrong in ["Bearer forged", "Bearer", "Bearer ", TOKEN, "Basic genuine", ""] {
        let answer = with("GET", "/toy/me", &[("authorization", wrong), ("x-user-id", "1")]).await;
        let answer = answer.problem(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        with("GET", "/toy", &[("authorization", wrong)]).await.is(StatusCode::OK);
    }
    with("POST", "/api/ceiling", &[("authorization", &genuine)]).await.is(StatusCode::NO_CONTENT);
    call("POST", "/api/ceiling").await.problem(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_trace_goes_on_or_begins() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = with("GET", "/toy/trace", &[("traceparent", &parent), ("x-correlation-id", "mine")]).await;
    assert_eq!(
        (answer.header("x-correlation-id"), &answer.json()[1], &answer.json()[2]),
        (TRACE, &json!(TRACE), &json!("127.0.0.1"))
    );
    let answer = with("GET", "/toy/trace", &[("traceparent", "00-nonsense"), ("x-correlation-id", "mine")]).await;
    assert_eq!(answer.header("x-correlation-id"), "mine");
    let (zero, upper) = (parent.replace(TRACE, &"0".repeat(32)), parent.to_uppercase());
    let (longer, forbidden) = (format!("{parent}-x"), parent.replacen("00", "ff", 1));
    for wrong in ["", "x", &zero, &upper, &longer, &forbidden] {
        let answer = with("GET", "/toy/trace", &[("traceparent", wrong), ("x-correlation-id", &"x".repeat(65))]).await;
        assert_eq!(answer.json()[0], answer.header("x-correlation-id"), "{wrong}");
    }
    let later = parent.replacen("00", "01", 1) + "-more";
    assert_eq!(with("GET", "/toy", &[("traceparent", &later)]).await.header("x-correlation-id"), TRACE);
}
