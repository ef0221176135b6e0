//! Opening rooms and seeing them.

use serde_json::json;
use world::{Room, Shared};

static HOUSE: Shared = Shared::new();

#[tokio::test]
async fn a_pair_has_one_direct_room_whoever_opens_it() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let opened = ann.post("/api/chat-rooms", json!({ "participant_ids": [bob.id] })).await.is(201);
    opened.position();
    assert_eq!(opened["room_type"], "direct");
    let mut pair = [opened.str("user_1_id"), opened.str("user_2_id")];
    pair.sort_unstable();
    let mut people = [ann.id.as_str(), bob.id.as_str()];
    people.sort_unstable();
    assert_eq!(pair, people);

    let body = json!({ "participant_ids": [ann.id], "room_type": "direct" });
    let again = bob.post("/api/chat-rooms", body).await.is(200);
    assert_eq!(again["id"], opened["id"]);
    let checked = bob.get(&format!("/api/chat-rooms/check/{}", ann.id)).await.is(200);
    assert_eq!(checked["id"], opened["id"]);
}

#[tokio::test]
async fn a_group_has_a_name_an_owner_and_members() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let body = json!({ "participant_ids": [bob.id, cid.id], "name": "Lunch" });
    let opened = ann.post("/api/chat-rooms", body).await.is(201);
    assert_eq!((opened.str("room_type"), opened.str("name")), ("group", "Lunch"));
    assert!(opened["user_1_id"].is_null());
    let group = bob.get(&format!("/api/chat-rooms/{}", opened.str("id"))).await.is(200);
    assert_eq!(group.list("participants").len(), 3);
    for member in group.list("participants") {
        let role = if member["id"] == ann.id.as_str() { "owner" } else { "member" };
        assert_eq!(member["role"], role);
        assert!(member["username"].is_string() && member["nickname"].is_string());
    }
    assert!(group.u64("version") >= 1);
    assert_eq!(group.u64("unread_count"), 0);
    assert!(group["last_message"].is_null());
}

#[tokio::test]
async fn one_participant_and_a_name_is_a_group() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let body = json!({ "participant_ids": [bob.id], "name": "Two of us" });
    let opened = ann.post("/api/chat-rooms", body.clone()).await.is(201);
    assert_eq!(opened["room_type"], "group");
    let second = ann.post("/api/chat-rooms", body).await.is(201);
    assert_ne!(second["id"], opened["id"]);
}

#[tokio::test]
async fn rooms_that_cannot_be_are_refused() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let cases = [
        (400, json!({ "participant_ids": [bob.id, cid.id], "room_type": "direct" })),
        (404, json!({ "participant_ids": ["nobody"] })),
        (404, json!({ "participant_ids": ["018f0000-0000-7000-8000-000000000000"] })),
        (404, json!({ "participant_ids": [bob.id, "nobody"], "name": "x" })),
        (422, json!({ "participant_ids": [], "name": "x" })),
        (422, json!({ "name": "x" })),
        (422, json!({ "participant_ids": bob.id })),
        (422, json!({ "participant_ids": [7] })),
        (422, json!({ "participant_ids": [bob.id], "room_type": "salon" })),
        (422, json!({ "participant_ids": [bob.id, cid.id], "name": "n".repeat(101) })),
        (422, json!({ "participant_ids": [bob.id, cid.id], "name": " " })),
    ];
    for (status, body) in cases {
        ann.post("/api/chat-rooms", body).await.refused(status);
    }
    assert!(bob.get("/api/chat-rooms").await.is(200).bare_list().is_empty());
}

#[tokio::test]
async fn nobody_outside_learns_whether_a_room_exists() {
    let world = HOUSE.world().await;
    let [ann, bob, eve] = world.people(["ann", "bob", "eve"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "secret").await;
    let ghost = "018f0000-0000-7000-8000-000000000000";
    let mut told = Vec::new();
    for id in [room.id.as_str(), ghost, "nonsense"] {
        let message = if id == room.id { sent.str("id") } else { id };
        let body = json!({ "room_id": id, "content": "x" });
        let calls = [
            eve.get(&format!("/api/chat-rooms/{id}")),
            eve.get(&format!("/api/messages?room_id={id}")),
            eve.get(&format!("/api/messages/stream/{id}")),
            eve.get(&format!("/api/messages/room/{id}/unread-count")),
            eve.post("/api/messages", body),
            eve.post("/api/messages/read", json!({ "room_id": id })),
            eve.patch(&format!("/api/chat-rooms/{id}"), json!({ "name": "x" })),
            eve.act(&format!("/api/chat-rooms/{id}/leave")),
            eve.post(&format!("/api/chat-rooms/{id}/members"), json!({ "user_ids": [eve.id] })),
            eve.delete(&format!("/api/chat-rooms/{id}/members/{}", bob.id)),
            eve.put(&format!("/api/chat-rooms/{id}/members/{}/role", bob.id), json!({ "role": "admin" })),
            eve.patch(&format!("/api/messages/{message}"), json!({ "content": "x" })),
            eve.delete(&format!("/api/messages/{message}")),
            eve.mark(&format!("/api/messages/{message}/reactions/👍")),
        ];
        let mut codes = Vec::new();
        for call in calls {
            codes.push(call.await.refused(404).code().to_owned());
        }
        told.push(codes);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
}

#[tokio::test]
async fn a_direct_room_is_not_managed_nor_left() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.direct(&bob).await;
    ann.patch(&room.path(""), json!({ "name": "ours" })).await.refused(400);
    ann.act(&room.path("/leave")).await.refused(400);
    ann.post(&room.path("/members"), json!({ "user_ids": [cid.id] })).await.refused(400);
    ann.delete(&room.path(&format!("/members/{}", bob.id))).await.refused(400);
    ann.put(&room.path(&format!("/members/{}/role", bob.id)), json!({ "role": "admin" })).await.refused(400);
}

#[tokio::test]
async fn one_need_not_be_friends_to_write_but_must_exist() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room: Room = ann.direct(&bob).await;
    bob.send(&room, "who are you?").await;
    ann.get("/api/chat-rooms/check/nobody").await.refused(404);
}

#[tokio::test]
async fn a_group_is_renamed() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("Old", &[&bob]).await;
    let renamed = ann.patch(&group.path(""), json!({ "name": "New" })).await.is(200);
    assert_eq!(renamed["name"], "New");
    assert_eq!(bob.room(&group).await["name"], "New");
    ann.patch(&group.path(""), json!({})).await.is(200);
    ann.patch(&group.path(""), json!({ "name": null })).await.refused(422);
    ann.patch(&group.path(""), json!({ "name": "" })).await.refused(422);
    bob.patch(&group.path(""), json!({ "name": "Mine" })).await.refused(403);
}
