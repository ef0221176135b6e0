//! Logging in and out, and going on with a refresh token.

use serde_json::json;
use world::{Caller, PASSWORD, Reply, Shared};

static HOUSE: Shared = Shared::new();

async fn refreshed(caller: &Caller, token: &str) -> Reply {
    caller.without_token().post("/api/auth/refresh", json!({ "refresh_token": token })).await
}

#[tokio::test]
async fn a_login_answers_with_tokens_that_open_doors() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let body = json!({ "email": ann.email.to_uppercase(), "password": PASSWORD });
    let session = world.anyone().post("/api/auth/login", body).await.is(200);
    assert_eq!((session.str("token_type"), session.str("user_id")), ("bearer", ann.id.as_str()));
    assert_eq!(session.u64("expires_in"), 900);
    assert!(session.header("Event-Position").is_none(), "a login is no command");
    ann.with_token(session.str("access_token")).get("/api/profile").await.is(200);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_told_the_same() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let mut told = Vec::new();
    for email in [ann.email.as_str(), "nobody@example.test"] {
        let body = json!({ "email": email, "password": "wrong-Passw0rd!" });
        let mut reply = world.anyone().post("/api/auth/login", body).await.refused(401);
        assert_eq!(reply.header("www-authenticate").map(|value| &value[..6]), Some("Bearer"));
        reply.body["correlation_id"].take();
        told.push(reply.body);
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn a_refresh_token_is_changed_for_a_new_pair() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let second = refreshed(&ann, &ann.refresh).await.is(200);
    assert_ne!(second.str("refresh_token"), ann.refresh);
    assert_eq!(second.str("user_id"), ann.id);
    ann.with_token(second.str("access_token")).get("/api/profile").await.is(200);
    ann.get("/api/profile").await.is(200);
}

#[tokio::test]
async fn a_lost_refresh_reply_can_be_asked_for_again() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let first = refreshed(&ann, &ann.refresh).await.is(200);
    let again = refreshed(&ann, &ann.refresh).await.is(200);
    assert_eq!(first.str("refresh_token"), again.str("refresh_token"));
    let next = refreshed(&ann, again.str("refresh_token")).await.is(200);
    ann.with_token(next.str("access_token")).get("/api/profile").await.is(200);
}

#[tokio::test]
async fn a_refresh_token_used_after_its_successor_revokes_the_whole_family() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let second = refreshed(&ann, &ann.refresh).await.is(200);
    let third = refreshed(&ann, second.str("refresh_token")).await.is(200);
    let other = ann.elsewhere().await;

    refreshed(&ann, &ann.refresh).await.refused(401);

    refreshed(&ann, third.str("refresh_token")).await.refused(401);
    for access in [ann.access.as_str(), second.str("access_token"), third.str("access_token")] {
        ann.with_token(access).get("/api/profile").await.refused(401);
    }
    other.get("/api/profile").await.is(200);
}

#[tokio::test]
async fn many_refreshes_at_once_make_one_successor() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let calls = (0..10).map(|_| refreshed(&ann, &ann.refresh));
    let replies = futures::future::join_all(calls).await;
    let mut tokens: Vec<_> = replies.into_iter().map(|reply| reply.is(200).str("refresh_token").to_owned()).collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
}

#[tokio::test]
async fn nonsense_is_no_refresh_token() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    for nonsense in ["", "x", &ann.access, &"a".repeat(5_000)] {
        let status = refreshed(&ann, nonsense).await.is_problem().status;
        assert!([401, 422].contains(&status), "{status} for {nonsense}");
    }
}

#[tokio::test]
async fn logging_out_ends_this_session_and_no_other() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let other = ann.elsewhere().await;

    let answer = ann.act("/api/auth/logout").await.is(200);
    assert_eq!(answer.str("user_id"), ann.id);
    assert!(!answer.str("message").is_empty());

    ann.get("/api/profile").await.refused(401);
    refreshed(&ann, &ann.refresh).await.refused(401);
    other.get("/api/profile").await.is(200);
}
