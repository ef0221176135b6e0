//! Editing and deleting.

use serde_json::json;
use world::{Call, Person, Reply, Shared};

static HOUSE: Shared = Shared::new();

fn editing(who: &Person, message: &Reply, content: &str) -> Call {
    who.patch(&format!("/api/messages/{}", message.str("id")), json!({ "content": content }))
}

fn deleting(who: &Person, message: &Reply) -> Call {
    who.delete(&format!("/api/messages/{}", message.str("id")))
}

#[tokio::test]
async fn an_edit_changes_the_content_and_says_when() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "helo").await;
    let edited = ann.edit(&sent, "hello").await;
    edited.position();
    assert_eq!((edited.str("id"), edited.str("content")), (sent.str("id"), "hello"));
    assert_eq!((&edited["is_edited"], &edited["version"]), (&json!(true), &sent["version"]));
    assert!(edited["edited_at"].is_string());
    let seen = bob.timeline(&room).await.list("messages")[0].clone();
    assert_eq!((&seen["content"], &seen["is_edited"]), (&json!("hello"), &json!(true)));
    assert_eq!(seen["created_at"], sent["created_at"]);
}

#[tokio::test]
async fn a_deleted_message_stays_in_the_timeline_without_its_content() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "unfortunate words").await;
    ann.mark(&format!("/api/messages/{}/reactions/👍", sent.str("id"))).await.is(204);
    let deleted = ann.unsend(&sent).await;
    deleted.position();
    assert!(!deleted.text.contains("unfortunate"));
    let timeline = bob.timeline(&room).await;
    assert_eq!(timeline.u64("total_count"), 1);
    let seen = &timeline.list("messages")[0];
    assert_eq!((&seen["id"], &seen["is_deleted"]), (&sent["id"], &json!(true)));
    assert!(seen["deleted_at"].is_string());
    assert!(!timeline.text.contains("unfortunate"));
}

#[tokio::test]
async fn only_the_author_edits_and_admins_may_delete() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    let sent = bob.send(&group, "bob's").await;
    editing(&cid, &sent, "cid's").await.refused(403);
    editing(&ann, &sent, "ann's").await.refused(403);
    deleting(&cid, &sent).await.refused(403);
    deleting(&ann, &sent).await.is(200);
    assert_eq!(cid.timeline(&group).await.list("messages")[0]["is_deleted"], true);
}

#[tokio::test]
async fn in_a_direct_room_nobody_deletes_the_others_words() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let (hers, his) = (ann.send(&room, "a").await, bob.send(&room, "b").await);
    deleting(&ann, &his).await.refused(403);
    deleting(&bob, &hers).await.refused(403);
}

#[tokio::test]
async fn what_is_deleted_is_neither_edited_nor_deleted_again() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "gone").await;
    ann.unsend(&sent).await;
    editing(&ann, &sent, "back").await.refused(409);
    deleting(&ann, &sent).await.refused(409);
}

#[tokio::test]
async fn an_edit_is_judged_like_a_message() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "fine").await;
    for wrong in ["", " ", "a\0", &"x".repeat(4001)] {
        editing(&ann, &sent, wrong).await.refused(422).names_field("content");
    }
    ann.patch(&format!("/api/messages/{}", sent.str("id")), json!({})).await.refused(422);
    ann.patch("/api/messages/nobody", json!({ "content": "x" })).await.refused(404);
    assert_eq!(bob.contents(&room).await, ["fine"]);
}

#[tokio::test]
async fn an_old_message_is_still_judged_right_far_behind_the_head() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let (kept, gone) = (ann.send(&room, "kept").await, ann.send(&room, "gone").await);
    ann.unsend(&gone).await;
    let noise = (0..30).map(|n| {
        let (ann, room) = (ann.clone(), room.clone());
        async move { ann.send_all(&room, (0..20).map(|m| format!("noise {n} {m}"))).await }
    });
    futures::future::join_all(noise).await;
    editing(&ann, &gone, "x").await.refused(409);
    editing(&bob, &kept, "x").await.refused(403);
    ann.edit(&kept, "kept, edited").await;
    let history = bob.history(&room).await;
    assert_eq!((history.len(), &history[0]["content"]), (602, &json!("kept, edited")));
}
