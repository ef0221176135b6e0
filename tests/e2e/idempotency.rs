//! Saying a thing twice.

use serde_json::{Value, json};
use world::{Call, PASSWORD, Person, Reply, Room, Shared, eventually};

static HOUSE: Shared = Shared::new();

async fn sent(who: &Person, room: &Room, content: &str, key: &str) -> Reply {
    who.sending(room, content).with_key(key).await
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let first = sent(&ann, &room, "once", "key-1").await.is(201);
    let second = sent(&ann, &room, "once", "key-1").await.is(201);
    assert_eq!(first.body, second.body);
    second.position();
    assert_eq!(bob.contents(&room).await, ["once"]);
}

#[tokio::test]
async fn bodies_are_compared_as_json() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let raw = |body: String| ann.act("/api/messages").raw("application/json", body).with_key("k");
    let first = raw(format!(r#"{{"room_id":"{room}","content":"a\u0062"}}"#)).await.is(201);
    let second = raw(format!(r#"{{ "content" : "ab", "room_id" : "{room}" }}"#)).await.is(201);
    assert_eq!(first["id"], second["id"]);
}

#[tokio::test]
async fn the_same_key_for_something_else_is_refused() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let first = sent(&ann, &room, "this", "key").await.is(201);
    let message = format!("/api/messages/{}", first.str("id"));
    let others = [
        ann.sending(&room, "that"),
        ann.patch(&message, json!({ "content": "this" })),
        ann.delete(&message),
        ann.post("/api/messages/read", json!({ "room_id": room.id })),
    ];
    for other in others {
        assert_eq!(other.with_key("key").await.refused(422).code(), "IDEMPOTENCY_KEY_REUSED");
    }
    assert_eq!(bob.contents(&room).await, ["this"]);
}

#[tokio::test]
async fn keys_are_ones_own() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let hers = sent(&ann, &room, "same", "shared").await.is(201);
    let his = sent(&bob, &room, "same", "shared").await.is(201);
    assert_ne!(hers["id"], his["id"]);
}

#[tokio::test]
async fn a_refusal_does_not_use_a_key_up() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    ann.act(&group.path("/leave")).with_key("leave").await.refused(400);
    sent(&ann, &group, "", "leave").await.refused(422);
    let role = group.path(&format!("/members/{}/role", bob.id));
    ann.put(&role, json!({ "role": "owner" })).await.is(200);
    ann.act(&group.path("/leave")).with_key("leave").await.is(200);
}

/// The same call twice, with a key: the answers are the same.
async fn twice(key: &str, call: impl Fn() -> Call) -> Reply {
    let (one, two) = (call().with_key(key).await, call().with_key(key).await);
    assert!(one.status < 300, "{key}: {}", one.story());
    assert_eq!((one.status, &one.body), (two.status, &two.body), "{key}");
    one
}

#[tokio::test]
async fn every_command_between_two_takes_a_key() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let answered = async |key: &str, answer: &str, by: &Person| {
        let ask = json!({ "to_user_id": bob.id });
        let asked = twice(key, || ann.post("/api/friends/request", ask.clone())).await;
        twice(answer, || by.act(&format!("/api/friends/{}/{answer}", asked.str("request_id")))).await;
    };
    answered("first", "reject", &bob).await;
    answered("second", "cancel", &ann).await;
    answered("third", "accept", &bob).await;
    twice("unfriend", || bob.delete(&format!("/api/friends/{}", ann.id))).await;
    let block = format!("/api/friends/blocks/{}", ann.id);
    twice("block", || bob.mark(&block)).await;
    twice("unblock", || bob.delete(&block)).await;
}

#[tokio::test]
async fn every_command_on_rooms_takes_a_key() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    twice("direct", || ann.post("/api/chat-rooms", json!({ "participant_ids": [bob.id] }))).await.is(201);
    twice("open-already", || bob.post("/api/chat-rooms", json!({ "participant_ids": [ann.id] }))).await.is(200);
    twice("check", || cid.get(&format!("/api/chat-rooms/check/{}", bob.id))).await.position();
    let open = json!({ "participant_ids": [bob.id], "name": "g" });
    let group = twice("open", || ann.post("/api/chat-rooms", open.clone())).await;
    let room = format!("/api/chat-rooms/{}", group.str("id"));
    twice("rename", || ann.patch(&room, json!({ "name": "h" }))).await;
    twice("no-name", || bob.patch(&room, json!({}))).await;
    twice("add", || ann.post(&format!("{room}/members"), json!({ "user_ids": [cid.id] }))).await;
    let member = format!("{room}/members/{}", cid.id);
    twice("role", || ann.put(&format!("{member}/role"), json!({ "role": "admin" }))).await;
    twice("mute", || cid.mark(&format!("{room}/mute"))).await;
    twice("unmute", || cid.delete(&format!("{room}/mute"))).await;
    twice("remove", || ann.delete(&member)).await;
    twice("leave", || bob.act(&format!("{room}/leave"))).await;
}

#[tokio::test]
async fn every_command_on_messages_takes_a_key() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let message = twice("send", || ann.sending(&room, "hi")).await;
    let path = format!("/api/messages/{}", message.str("id"));
    twice("edit", || ann.patch(&path, json!({ "content": "ho" }))).await;
    twice("react", || bob.mark(&format!("{path}/reactions/👍"))).await;
    twice("unreact", || bob.delete(&format!("{path}/reactions/👍"))).await;
    twice("read", || bob.post("/api/messages/read", json!({ "room_id": room.id }))).await;
    twice("delete", || ann.delete(&path)).await;
}

#[tokio::test]
async fn every_command_on_what_is_ones_own_takes_a_key() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    twice("nickname", || ann.patch("/api/profile", json!({ "nickname": "n" }))).await;
    twice("no-image", || ann.delete("/api/profile/image")).await;
    ann.post("/api/friends/request", json!({ "to_user_id": bob.id })).await.is(201);
    let told = eventually("a notification", async || {
        let page = bob.get("/api/notifications").await.is(200);
        page.list("notifications").first().map(|told| told["id"].as_str().expect("an id").to_owned())
    });
    let told = told.await;
    twice("read", || bob.act(&format!("/api/notifications/{told}/read"))).await;
    twice("read-all", || bob.act("/api/notifications/read-all")).await;
}

#[tokio::test]
async fn a_key_is_used_up_where_nothing_was_to_be_changed() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (room, other) = (ann.direct(&bob).await, ann.group("g", &[&cid]).await);
    let calls: [(&str, Call, Call); 3] = [
        (
            "open",
            ann.post("/api/chat-rooms", json!({ "participant_ids": [bob.id] })),
            ann.post("/api/chat-rooms", json!({ "participant_ids": [cid.id] })),
        ),
        (
            "check",
            ann.get(&format!("/api/chat-rooms/check/{}", bob.id)),
            ann.get(&format!("/api/chat-rooms/check/{}", cid.id)),
        ),
        ("rename", ann.patch(&room.path(""), json!({})), ann.patch(&other.path(""), json!({}))),
    ];
    for (key, first, another) in calls {
        first.with_key(key).await.is(200);
        assert_eq!(another.with_key(key).await.refused(422).code(), "IDEMPOTENCY_KEY_REUSED", "{key}");
    }
}

#[tokio::test]
async fn the_answer_stays_when_somebody_who_was_named_has_deleted_their_account() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&cid]).await;
    let block = format!("/api/friends/blocks/{}", bob.id);
    let calls: [(&str, &dyn Fn() -> Call); 7] = [
        ("request", &|| ann.post("/api/friends/request", json!({ "to_user_id": bob.id }))),
        ("direct", &|| ann.post("/api/chat-rooms", json!({ "participant_ids": [bob.id] }))),
        ("check", &|| ann.get(&format!("/api/chat-rooms/check/{}", bob.id))),
        ("group", &|| ann.post("/api/chat-rooms", json!({ "participant_ids": [bob.id], "name": "g" }))),
        ("add", &|| ann.post(&group.path("/members"), json!({ "user_ids": [bob.id] }))),
        ("block", &|| ann.mark(&block)),
        ("unblock", &|| ann.delete(&block)),
    ];
    let mut first = Vec::new();
    for (key, call) in calls {
        first.push(call().with_key(key).await);
    }
    bob.delete("/api/profile").json(json!({ "password": PASSWORD })).await.is(204);
    for ((key, call), first) in calls.into_iter().zip(first) {
        assert!(first.status < 300, "{key}: {}", first.story());
        assert_eq!(call().await.refused(404).code(), "USER_NOT_FOUND", "{key}");
        let again = call().with_key(key).await;
        assert_eq!((again.status, &again["id"]), (first.status, &first["id"]), "{key}: {}", again.story());
        assert_eq!(again.position(), first.position(), "{key}");
    }
}

#[tokio::test]
async fn the_answer_stays_when_one_is_out_of_the_room() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    let calls: [(&str, &dyn Fn() -> Call); 4] = [
        ("mute", &|| bob.mark(&group.path("/mute"))),
        ("unmute", &|| bob.delete(&group.path("/mute"))),
        ("no-name", &|| bob.patch(&group.path(""), json!({}))),
        ("read", &|| bob.post("/api/messages/read", json!({ "room_id": group.id }))),
    ];
    let mut first = Vec::new();
    for (key, call) in calls {
        first.push(call().with_key(key).await);
    }
    ann.remove(&group, &bob).await;
    for ((key, call), first) in calls.into_iter().zip(first) {
        call().await.refused(403);
        assert!(first.status < 300, "{key}: {}", first.story());
        assert_eq!(call().with_key(key).await.status, first.status, "{key}");
    }
}

#[tokio::test]
async fn a_key_has_up_to_128_visible_characters() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    sent(&ann, &room, "x", &"k".repeat(128)).await.is(201);
    for wrong in ["", " ", "two words", "tab\there", &"k".repeat(129)] {
        sent(&ann, &room, "x", wrong).await.refused(422);
    }
    assert_eq!(bob.contents(&room).await, ["x"]);
}

#[tokio::test]
async fn the_answer_is_made_again_from_the_event() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let first = sent(&ann, &room, "first", "k").await.is(201);
    let edited = ann.edit(&first, "edited since").await;
    let again = sent(&ann, &room, "first", "k").await.is(201);
    let same = |reply: &Reply| -> [Value; 3] { ["id", "version", "created_at"].map(|field| reply[field].clone()) };
    assert_eq!(same(&first), same(&again));
    // The repeated answer has the position of the first, so the edit's is the one to wait for.
    let page = bob.get(&room.messages()).after(&edited).await.is(200);
    assert_eq!(page.list("messages")[0]["content"], "edited since");
}
