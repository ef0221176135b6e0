//! Everything that is held about oneself.

use super::super::images::portrait;
use super::HOUSE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use world::{Person, World, eventually};

async fn exported(person: &Person) -> Vec<Value> {
    let export = person.get("/api/profile/export").await.is(200);
    assert_eq!(export.header("content-type"), Some("application/jsonl"));
    assert_eq!(export.header("cache-control"), Some("no-store"));
    let lines: Vec<Value> = export.text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let last = lines.last().expect("a last line");
    assert_eq!((&last["type"], &last["lines"]), (&json!("end"), &json!(lines.len() - 1)));
    lines
}

fn events<'l>(lines: &'l [Value], name: &str) -> Vec<&'l Value> {
    lines.iter().filter_map(|line| line["data"].get(name)).collect()
}

#[tokio::test]
async fn an_export_has_everything_that_one_entered_and_was_named_in() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    ann.patch("/api/profile", json!({ "status_message": "away" })).await.is(200);
    ann.befriend(&bob).await;
    let (direct, group) = (ann.direct(&bob).await, bob.group("of bob", &[&ann, &cid]).await);
    let said = ann.send(&direct, "one").await;
    ann.edit(&said, "uno").await;
    let answer = bob.send(&direct, "two").await;
    ann.mark(&format!("/api/messages/{}/reactions/👍", answer.str("id"))).await.is(204);
    ann.read_all(&direct).await;
    let removed = ann.send(&group, "three").await;
    bob.unsend(&removed).await;
    bob.remove(&group, &ann).await;
    ann.mark(&format!("/api/friends/blocks/{}", cid.id)).await.is(204);
    ann.mark(&direct.path("/mute")).await.is(204);
    eventually("ann is told", async || (ann.unread_notifications().await > 0).then_some(())).await;

    let lines = exported(&ann).await;
    assert_eq!((&lines[0]["type"], &lines[0]["user_id"]), (&json!("export"), &json!(ann.id)));
    assert_eq!(lines[1]["profile"]["email"], ann.email);
    assert!(lines.iter().any(|line| line["type"] == "session"));
    assert_eq!(events(&lines, "UserRegistered")[0]["email"], ann.email);
    assert_eq!(events(&lines, "StatusMessageChanged")[0]["status_message"], "away");
    let mut contents: Vec<_> = events(&lines, "MessageSent").iter().map(|sent| sent["content"].as_str()).collect();
    contents.sort_unstable();
    assert_eq!(contents, [Some("one"), Some("three")], "one's own, and nobody else's");
    assert_eq!(events(&lines, "MessageEdited")[0]["content"], "uno");
    assert_eq!(events(&lines, "MessageDeleted").len(), 1, "what somebody else took away of one's own");
    for name in
        ["FriendRequested", "FriendRequestAccepted", "ReactionAdded", "MemberRemoved", "UserBlocked", "RoomMuted"]
    {
        assert_eq!(events(&lines, name).len(), 1, "{name}");
    }
    let told = events(&lines, "Notified");
    assert!(told.iter().any(|told| told["actor"] == bob.id), "what one was told: {told:?}");
    assert_eq!((events(&lines, "RoomOpened").len(), events(&lines, "ReadMarkMoved").is_empty()), (2, false));
}

#[tokio::test]
async fn an_export_has_the_picture_that_one_shows() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    assert!(exported(&ann).await.iter().all(|line| line["type"] != "image"));
    let url = portrait(&ann).await.is(200).str("image_url").to_owned();
    let lines = exported(&ann).await;
    let image = lines.iter().find(|line| line["type"] == "image").expect("a picture");
    let seen = world.anyone().get(&url).await.is(200);
    assert_eq!(image["content_type"].as_str(), seen.header("content-type"));
    let bytes = BASE64.decode(image["base64"].as_str().expect("a text")).expect("base64");
    assert_eq!(bytes, seen.bytes);
}

#[tokio::test]
async fn who_blocks_one_is_not_told() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    bob.mark(&format!("/api/friends/blocks/{}", ann.id)).await.is(204);
    assert!(events(&exported(&ann).await, "UserBlocked").is_empty());
    assert_eq!(events(&exported(&bob).await, "UserBlocked").len(), 1);
}

#[tokio::test]
async fn what_happened_between_two_has_no_gap_where_one_was_blocked() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    bob.mark(&format!("/api/friends/blocks/{}", ann.id)).await.is(204);
    let lines = exported(&ann).await;
    let between: Vec<_> = lines
        .iter()
        .filter(|line| line["stream"].as_str().is_some_and(|stream| stream.starts_with("Friendship")))
        .collect();
    assert!(!between.is_empty() && between.iter().all(|line| line["version"].is_null()), "{between:?}");
}

#[tokio::test]
async fn an_export_breaks_off_when_its_session_ends() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    // More than the sockets between hold.
    let text = "x".repeat(4_000);
    let writers = (0..8).map(|_| ann.send_all(&room, (0..300).map(|_| text.clone())));
    futures::future::join_all(writers).await;
    let mut export = ann.get("/api/profile/export").response().await;
    export.chunk().await.expect("the first lines");
    ann.post("/api/auth/logout", json!({})).await.is(200);
    let mut last = Vec::new();
    while let Ok(Some(chunk)) = export.chunk().await {
        last = chunk.to_vec();
    }
    assert!(!String::from_utf8_lossy(&last).contains(r#""type":"end""#), "nobody is signed in any more");
}

#[tokio::test]
async fn a_long_export_comes_whole() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let writers = (0..8).map(|n| ann.send_all(&room, (0..60).map(move |m| format!("{n} {m}"))));
    futures::future::join_all(writers).await;
    bob.send_all(&room, (0..10).map(|n| n.to_string())).await;
    assert_eq!(events(&exported(&ann).await, "MessageSent").len(), 480);
}

#[tokio::test]
async fn an_export_is_ones_own_and_not_to_be_had_without_end() {
    let world = World::options().limited().start().await;
    let ann = world.person("ann").await;
    ann.without_token().get("/api/profile/export").await.refused(401);
    for _ in 0..5 {
        exported(&ann).await;
    }
    assert!(ann.get("/api/profile/export").await.refused(429).header("retry-after").is_some());
}
