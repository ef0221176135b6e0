//! Saying a thing twice.

use serde_json::{Value, json};
use world::{Person, Reply, Room, Shared};

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

#[tokio::test]
async fn every_command_takes_a_key() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let twice = |name: &'static str, call: &dyn Fn() -> world::Call| {
        let (one, two) = (call().with_key(name), call().with_key(name));
        async move {
            let (one, two) = (one.await, two.await);
            assert!(one.status < 300, "{name}: {}", one.story());
            assert_eq!((one.status, &one.body), (two.status, &two.body), "{name}");
            one
        }
    };
    let request = || ann.post("/api/friends/request", json!({ "to_user_id": bob.id }));
    let asked = twice("request", &request).await;
    let accept = format!("/api/friends/{}/accept", asked.str("request_id"));
    twice("accept", &|| bob.act(&accept)).await;
    twice("nickname", &|| ann.patch("/api/profile", json!({ "nickname": "n" }))).await;
    let open = json!({ "participant_ids": [bob.id], "name": "g" });
    let group = twice("open", &|| ann.post("/api/chat-rooms", open.clone())).await;
    let room = format!("/api/chat-rooms/{}", group.str("id"));
    twice("add", &|| ann.post(&format!("{room}/members"), json!({ "user_ids": [cid.id] }))).await;
    let body = json!({ "room_id": group["id"], "content": "hi" });
    let message = twice("send", &|| ann.post("/api/messages", body.clone())).await;
    let path = format!("/api/messages/{}", message.str("id"));
    twice("edit", &|| ann.patch(&path, json!({ "content": "ho" }))).await;
    twice("react", &|| bob.mark(&format!("{path}/reactions/👍"))).await;
    twice("read", &|| cid.post("/api/messages/read", json!({ "room_id": group["id"] }))).await;
    twice("delete", &|| ann.delete(&path)).await;
    twice("leave", &|| cid.act(&format!("{room}/leave"))).await;
    twice("unfriend", &|| bob.delete(&format!("/api/friends/{}", ann.id))).await;
    twice("block", &|| bob.mark(&format!("/api/friends/blocks/{}", ann.id))).await;
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
