//! Positions that commands answer with and queries wait for.

use serde_json::json;
use world::Shared;

static HOUSE: Shared = Shared::new();

#[tokio::test]
async fn commands_answer_with_a_position_and_queries_do_not() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let opened = ann.get(&format!("/api/chat-rooms/check/{}", bob.id)).await.is(200);
    opened.position();
    let again = ann.get(&format!("/api/chat-rooms/check/{}", bob.id)).await.is(200);
    assert_eq!(again["id"], opened["id"]);
    assert!(ann.get("/api/profile").await.is(200).header("event-position").is_none());
    let session = ann.elsewhere().await;
    let logout = session.act("/api/auth/logout").await.is(200);
    assert!(logout.header("event-position").is_none());
}

#[tokio::test]
async fn every_command_of_a_walk_has_a_position() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob]).await;
    let sent = ann.send(&group, "x").await;
    let message = format!("/api/messages/{}", sent.str("id"));
    let calls = [
        ann.patch("/api/profile", json!({ "nickname": "other" })),
        ann.patch(&group.path(""), json!({ "name": "h" })),
        ann.post(&group.path("/members"), json!({ "user_ids": [cid.id] })),
        ann.put(&group.path(&format!("/members/{}/role", cid.id)), json!({ "role": "admin" })),
        ann.mark(&format!("{message}/reactions/👍")),
        ann.delete(&format!("{message}/reactions/👍")),
        ann.patch(&message, json!({ "content": "y" })),
        ann.delete(&message),
        bob.post("/api/messages/read", json!({ "room_id": group.id })),
        ann.delete(&group.path(&format!("/members/{}", cid.id))),
        bob.act(&group.path("/leave")),
        ann.mark(&format!("/api/friends/blocks/{}", bob.id)),
        ann.delete(&format!("/api/friends/blocks/{}", bob.id)),
        // Where nothing ever happened there is a position too.
        cid.delete(&format!("/api/friends/blocks/{}", bob.id)),
        ann.delete(&group.path("/mute")),
        cid.act("/api/notifications/read-all"),
        world.person("dan").await.act("/api/notifications/read-all"),
    ];
    for call in calls {
        let reply = call.await;
        assert!(reply.status < 300, "{}", reply.story());
        reply.position();
    }
}

#[tokio::test]
async fn a_position_makes_anothers_read_wait_for_it() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for n in 1..=50 {
        let sent = ann.send(&room, &n.to_string()).await;
        let page = bob.get(&format!("{}&limit=1", room.messages())).after(&sent).await.is(200);
        assert_eq!(page.list("messages")[0]["id"], sent["id"]);
        assert!(page.header("stale").is_none());
    }
}

#[tokio::test]
async fn a_position_that_is_none_is_refused() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    for nonsense in ["x", "-1", "1.5", "a/b", "%00", "{}"] {
        ann.get("/api/profile").bound_to(nonsense).await.refused(422);
    }
}
