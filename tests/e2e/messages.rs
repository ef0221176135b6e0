//! Writing in a room.

use serde_json::json;
use world::Shared;

static HOUSE: Shared = Shared::new();

#[tokio::test]
async fn a_message_says_everything_about_itself() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let before = ann.room(&room).await.u64("version");
    let sent = ann.send(&room, "hello").await;
    sent.position();
    assert_eq!((sent.str("room_id"), sent.str("user_id")), (room.id.as_str(), ann.id.as_str()));
    assert_eq!((sent.str("username"), sent.str("content")), (ann.username.as_str(), "hello"));
    assert_eq!(sent["message_type"], "text");
    assert_eq!(sent.u64("version"), before + 1);
    assert!(sent["reply_to"].is_null() && sent["edited_at"].is_null() && sent["deleted_at"].is_null());
    assert_eq!((&sent["is_edited"], &sent["is_deleted"]), (&json!(false), &json!(false)));

    let read = bob.timeline(&room).await;
    let seen = &read.list("messages")[0];
    for field in ["id", "room_id", "user_id", "username", "content", "message_type", "version", "created_at"] {
        assert_eq!(seen[field], sent[field], "{field}");
    }
    assert_eq!((&seen["reactions"], &seen["read_by"], &seen["read_count"]), (&json!([]), &json!([]), &json!(0)));
    assert_eq!(bob.room(&room).await.u64("version"), before + 1);
}

#[tokio::test]
async fn content_is_kept_as_it_was_typed() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let longest = "𝄞".repeat(4000);
    let texts =
        ["  two  \n lines\t", "한국어 👩‍👩‍👧 e\u{301}", "<b>\"quoted\"</b> \\ '; DROP TABLE x", "\u{202e}rtl", &longest];
    for text in texts {
        assert_eq!(ann.send(&room, text).await.str("content"), text);
    }
    assert_eq!(bob.contents(&room).await, texts);
}

#[tokio::test]
async fn blank_long_and_controlling_content_is_refused() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for text in ["", "   ", "\n\t", "\u{3000}", "a\0b", "\u{1b}[31m", &"x".repeat(4001)] {
        ann.sending(&room, text).await.refused(422).names_field("content");
    }
    assert!(ann.contents(&room).await.is_empty());
}

#[tokio::test]
async fn a_message_has_one_of_three_types() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for kind in ["text", "image", "file"] {
        let body = json!({ "room_id": room.id, "content": "x", "message_type": kind });
        assert_eq!(ann.post("/api/messages", body).await.is(201)["message_type"], kind);
    }
    let body = json!({ "room_id": room.id, "content": "x", "message_type": "video" });
    ann.post("/api/messages", body).await.refused(422);
}

#[tokio::test]
async fn a_reply_names_a_message_of_the_same_room() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (room, other) = (ann.direct(&bob).await, ann.direct(&cid).await);
    let first = ann.send(&room, "question").await;
    let reply = |to: &str| json!({ "room_id": room.id, "content": "answer", "reply_to": to });
    let sent = bob.post("/api/messages", reply(first.str("id"))).await.is(201);
    assert_eq!(sent["reply_to"], first["id"]);
    let elsewhere = ann.send(&other, "elsewhere").await;
    for id in [elsewhere.str("id"), "nonsense", "018f0000-0000-7000-8000-000000000000"] {
        ann.post("/api/messages", reply(id)).await.refused(400);
    }
    bob.post("/api/messages", json!({ "room_id": room.id, "content": "x", "reply_to": null })).await.is(201);
}

#[tokio::test]
async fn versions_count_everything_that_happens_in_a_room() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let one = ann.send(&room, "one").await;
    ann.edit(&one, "one!").await;
    ann.mark(&format!("/api/messages/{}/reactions/👍", one.str("id"))).await.is(204);
    let two = bob.send(&room, "two").await;
    assert_eq!(two.u64("version"), one.u64("version") + 3);
    assert_eq!(ann.timeline(&room).await.list("messages")[0]["version"], one["version"]);
}

#[tokio::test]
async fn a_writer_who_changes_names_is_shown_with_the_new_one() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "hello").await;
    let renamed = format!("{}_new", ann.username);
    ann.patch("/api/profile", json!({ "username": renamed })).await.is(200);
    assert_eq!(bob.timeline(&room).await.list("messages")[0]["username"], renamed);
}
