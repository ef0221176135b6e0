//! Health, metrics, the documents, and the ports.

use reqwest::Method;
use serde_json::Value;
use std::collections::HashSet;
use world::{Caller, Reply, Shared, World};

static HOUSE: Shared = Shared::new();

const PORTS: [u16; 5] = [8000, 8002, 8003, 8004, 8005];

async fn document(caller: &Caller) -> Reply {
    caller.get("/openapi.json").await.is(200)
}

#[tokio::test]
async fn every_port_serves_health_readiness_metrics_and_documents() {
    let world = HOUSE.world().await;
    for port in PORTS {
        let caller = world.anyone().at(&world.address(port));
        let health = caller.get("/health").await.is(200);
        assert_eq!(health["status"], "healthy");
        assert!(health["service"].is_string());
        caller.get("/health/ready").await.is(200);
        assert!(caller.get("/metrics").await.is(200).text.contains("chat_"));
        assert!(document(&caller).await.str("openapi").starts_with("3.1"));
    }
}

#[tokio::test]
async fn each_port_serves_its_context_and_the_gateway_all() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let calls = [
        (8005, vec!["/api/auth/sessions".to_owned(), "/api/profile".into(), format!("/api/users/{}", bob.id)]),
        (8003, vec!["/api/friends".into()]),
        (8002, vec!["/api/chat-rooms".into(), room.messages()]),
        (8004, vec!["/api/notifications".into(), "/api/notifications/unread-count".into()]),
    ];
    for (own, paths) in &calls {
        for path in paths {
            ann.get(path).await.is(200);
            for port in PORTS.into_iter().filter(|port| *port != 8000) {
                let reply = ann.at(&world.address(port)).get(path).await;
                if port == *own {
                    reply.is(200)
                } else {
                    reply.refused(404)
                };
            }
        }
    }
}

#[tokio::test]
async fn metrics_carry_the_agreed_names_and_no_ids() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = bob.follow_from_now(&room).await;
    ann.send(&room, "hello").await;
    stream.expect("new_message").await;
    ann.get("/api/users/nobody").await.refused(404);
    let reply = world.anyone().get("/metrics").await.is(200);
    let kind = reply.header("content-type").expect("a type");
    assert!(kind.contains("openmetrics") || kind.starts_with("text/plain"), "{kind}");
    let names = [
        "chat_http_requests_total",
        "chat_http_request_duration_seconds",
        "chat_commands_total",
        "chat_append_batch_events",
        "chat_append_duration_seconds",
        "chat_projection_lag_events",
        "chat_projection_lag_seconds",
        "chat_streams_open",
        "chat_stream_deliveries_total",
        "chat_parked_events",
    ];
    for name in names {
        assert!(reply.text.contains(name), "{name} is missing:\n{}", reply.text);
    }
    for id in [&ann.id, &bob.id, &room.id] {
        assert!(!reply.text.contains(id.as_str()), "an id in the labels");
    }
    let labelled =
        |command: &str| reply.text.lines().any(|l| l.starts_with("chat_commands_total{") && l.contains(command));
    assert!(labelled("command=") && labelled("outcome="), "{}", reply.text);
    let open = reply.text.lines().find(|line| line.starts_with("chat_streams_open")).expect("a sample");
    assert!(open.ends_with(" 1"), "{open}");
}

#[tokio::test]
async fn the_document_lists_the_contract() {
    let world = HOUSE.world().await;
    let document = document(&world.anyone()).await;
    let paths: Vec<_> = document["paths"].as_object().expect("paths").keys().map(|path| shape(path)).collect();
    for path in CONTRACT {
        assert!(paths.contains(&shape(path)), "{path} is missing in {paths:#?}");
    }
    assert!(document.text.contains("deprecated"), "the older spellings are deprecated");
    assert!(document.text.contains("bearer"), "how to authenticate");
}

#[tokio::test]
async fn everything_in_the_document_is_served_and_says_401_to_strangers() {
    let world = HOUSE.world().await;
    let document = document(&world.anyone()).await;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("methods").keys() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
                continue;
            }
            let filled = path.replace(['{', '}'], "");
            let open = ["/register", "/login", "/login/json", "/refresh"].iter().any(|end| path.ends_with(end));
            let served = !filled.starts_with("/api") || filled.contains("/images/");
            let reply = world.anyone().call(method.clone(), &filled).await;
            match (open, served) {
                (true, _) => assert!([401, 415, 422].contains(&reply.status), "{method} {path}: {}", reply.story()),
                (_, true) => assert!(reply.status < 500 && reply.status != 405, "{method} {path}: {}", reply.story()),
                _ => assert_eq!(reply.status, 401, "{method} {path}: {}", reply.story()),
            }
        }
    }
}

#[tokio::test]
async fn the_documentation_comes_from_the_binary() {
    let world = HOUSE.world().await;
    let anyone = world.anyone();
    let mut page = anyone.get("/docs").await;
    if (300..400).contains(&page.status) {
        page = anyone.get(page.header("location").expect("a location")).await;
    }
    assert!(page.clone().is(200).text.contains("swagger-ui"), "{}", page.story());
    assert!(!page.text.contains("https://"), "something comes from elsewhere");
}

#[tokio::test]
async fn every_reply_carries_a_correlation_id() {
    let world = HOUSE.world().await;
    for path in ["/health", "/openapi.json", "/nowhere", "/api/profile"] {
        assert!(world.anyone().get(path).await.header("x-correlation-id").is_some(), "{path}");
    }
}

/// A path with its parameters unnamed.
fn shape(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

const CONTRACT: [&str; 54] = [
    "/api/auth/register",
    "/api/auth/login",
    "/api/auth/login/json",
    "/api/auth/refresh",
    "/api/auth/logout",
    "/api/auth/sessions",
    "/api/auth/sessions/{}",
    "/api/auth/password",
    "/api/profile",
    "/api/profile/me",
    "/api/users/{}",
    "/api/users",
    "/api/users/batch",
    "/api/users/{}/exists",
    "/api/users/search",
    "/api/online-status/heartbeat",
    "/api/online-status/friends",
    "/api/online-status/user/{}",
    "/api/online-status/stream",
    "/api/friends/request",
    "/api/friends/{}/accept",
    "/api/friends/{}/reject",
    "/api/friends/{}/cancel",
    "/api/friends/status/{}",
    "/api/friends/request/{}",
    "/api/friends/requests",
    "/api/friends/requests/pending",
    "/api/friends",
    "/api/friends/list",
    "/api/friends/search",
    "/api/friends/{}",
    "/api/friends/blocks",
    "/api/friends/blocks/{}",
    "/api/chat-rooms",
    "/api/chat-rooms/check/{}",
    "/api/chat-rooms/{}",
    "/api/chat-rooms/{}/members",
    "/api/chat-rooms/{}/members/{}",
    "/api/chat-rooms/{}/leave",
    "/api/chat-rooms/{}/members/{}/role",
    "/api/chat-rooms/{}/mute",
    "/api/messages",
    "/api/messages/{}",
    "/api/messages/{}/reactions/{}",
    "/api/messages/read",
    "/api/messages/search",
    "/api/messages/room/{}/unread-count",
    "/api/messages/stream/{}",
    "/api/messages/stream",
    "/api/notifications",
    "/api/notifications/unread-count",
    "/api/notifications/{}/read",
    "/api/notifications/read-all",
    "/api/notifications/stream",
];

#[tokio::test]
async fn the_printed_document_is_that_of_the_gateway_and_names_each_call_once() {
    let world = HOUSE.world().await;
    let printed = world.run(["openapi"]).await.succeeded().json();
    let served = document(&world.anyone()).await;
    let paths = |document: &Value| document["paths"].as_object().expect("paths").keys().cloned().collect::<Vec<_>>();
    assert!(paths(&printed).len() > 40);
    let served: Vec<_> = paths(&served.body).into_iter().filter(|path| !path.contains("ceiling")).collect();
    assert_eq!(paths(&printed), served);
    let mut ids = HashSet::new();
    for (path, item) in printed["paths"].as_object().expect("paths") {
        for operation in
            item.as_object().expect("operations").values().filter(|operation| operation["responses"].is_object())
        {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id.to_owned()), "{id} twice");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
            assert_eq!(in_path, path.matches('{').count(), "{path}");
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.values().all(|response| response["description"] != ""), "{id}");
        }
    }
}
