//! Every refusal has one form.

use reqwest::Method;
use serde_json::json;
use world::Shared;

static HOUSE: Shared = Shared::new();

#[tokio::test]
async fn every_kind_of_refusal_is_a_problem_document() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let group = ann.group("g", &[&bob]).await;
    ann.remove(&group, &bob).await;
    ann.act(&room.path("/leave")).await.refused(400);
    world.anyone().get("/api/profile").await.refused(401);
    bob.get(&group.path("")).await.refused(403);
    ann.get("/api/chat-rooms/unknown").await.refused(404);
    ann.get("/no/such/path").await.refused(404);
    ann.delete("/api/messages").await.refused(405);
    ann.post("/api/auth/register", json!({ "email": ann.email, "password": world::PASSWORD })).await.refused(409);
    ann.post("/api/messages", json!({})).await.refused(422);
}

#[tokio::test]
async fn a_validation_names_each_field() {
    let world = HOUSE.world().await;
    let body = json!({ "email": "x", "password": "short", "username": "a" });
    let reply = world.anyone().post("/api/auth/register", body).await.refused(422);
    for field in ["email", "password", "username"] {
        let error = reply.list("errors").iter().find(|error| error["field"] == field).expect("each field is named");
        assert!(error["code"].is_string() && error["message"].is_string(), "{error}");
    }
}

#[tokio::test]
async fn a_missing_or_wrong_field_is_named_too() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.post("/api/messages", json!({ "room_id": room.id })).await.refused(422).names_field("content");
    let body = json!({ "room_id": room.id, "content": 7 });
    ann.post("/api/messages", body).await.refused(422).names_field("content");
    ann.post("/api/friends/request", json!({})).await.refused(422);
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let cases = [
        (Method::DELETE, "/api/auth/login", vec!["POST"]),
        (Method::PATCH, "/api/users/search", vec!["GET"]),
        (Method::PUT, "/api/messages", vec!["GET", "POST"]),
        (Method::POST, "/api/profile", vec!["GET", "PATCH"]),
    ];
    for (method, path, right) in cases {
        let reply = ann.call(method, path).await.refused(405);
        let allow = reply.header("allow").expect("Allow").to_owned();
        let allowed: Vec<_> = allow.split(',').map(str::trim).collect();
        for method in right {
            assert!(allowed.contains(&method), "{path}: {allow}");
        }
    }
}

#[tokio::test]
async fn a_body_of_another_kind_is_415_and_one_too_large_413() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let body = json!({ "room_id": room.id, "content": "x" }).to_string();
    for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"] {
        ann.act("/api/messages").raw(kind, body.clone()).await.refused(415);
    }
    ann.act("/api/messages").raw("application/json; charset=utf-8", body.clone()).await.is(201);
    ann.act("/api/messages").raw("application/vnd.chat+json", body).await.is(201);
    let huge = format!("{{\"room_id\":\"{}\",\"content\":\"{}\"}}", room.id, "x".repeat(1 << 20));
    ann.act("/api/messages").raw("application/json", huge).await.refused(413);
    // Without a length in front: the bound holds while it is read.
    let endless = futures::stream::iter((0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 16])));
    let reply = ann.act("/api/messages").raw("application/json", reqwest::Body::wrap_stream(endless)).attempt().await;
    if let Ok(reply) = reply {
        reply.refused(413);
    }
    // On a connection of its own: what follows a body that was not read to its end is closed.
    ann.reconnected().send(&room, "still served").await;
}

#[tokio::test]
async fn a_correlation_id_is_given_and_a_trace_is_kept() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let one = ann.get("/api/profile").await.is(200);
    let two = ann.get("/api/profile").await.is(200);
    assert_ne!(one.header("x-correlation-id").expect("an id"), two.header("x-correlation-id").expect("an id"));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let reply = ann.get("/api/profile").header("traceparent", &parent).await.is(200);
    assert_eq!(reply.header("x-correlation-id"), Some(trace));
    let refused = ann.get("/api/users/nobody").header("traceparent", &parent).await.refused(404);
    assert_eq!(refused.str("correlation_id"), trace);
    for broken in ["nonsense", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-xyz-1-01"] {
        let reply = ann.get("/api/profile").header("traceparent", broken).await.is(200);
        let id = reply.header("x-correlation-id").expect("an id");
        assert!(!id.is_empty() && !broken.contains(id), "{id} for {broken}");
    }
}

#[tokio::test]
async fn a_trace_is_found_again_in_the_audit() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    ann.sending(&room, "traced").header("traceparent", &format!("00-{trace}-b7ad6b7169203331-01")).await.is(201);
    let audit = world.run(["audit", "room", &room.id, "--json"]).await.succeeded().documents();
    let event = audit.iter().find(|event| event.to_string().contains(trace)).expect("the traced event");
    assert_eq!((&event["correlation_id"], &event["actor"]), (&json!(trace), &json!(ann.id)));
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let body = json!({ "room_id": room.id, "content": "x", "user_id": bob.id, "version": 7, "colour": {} });
    let sent = ann.post("/api/messages", body).await.is(201);
    assert_eq!(sent["user_id"], ann.id);
    // Also where the whole body is compared with that of another call, and one of them can not be held.
    let text =
        format!(r#"{{"room_id":"{room}","content":"y","huge":1e999,"deep":{}{}}}"#, "[".repeat(120), "]".repeat(120));
    let again = || ann.act("/api/messages").raw("application/json", text.clone()).with_key("huge");
    assert_eq!(again().await.is(201)["id"], again().await.is(201)["id"]);
}
