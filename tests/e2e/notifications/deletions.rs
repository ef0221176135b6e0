//! What becomes of what people are told when the message is deleted.

use super::HOUSE;
use serde_json::json;
use std::time::Duration;
use world::{Person, Room};

/// What is unread: its type and its preview, oldest first.
async fn unread(person: &Person) -> Vec<(String, Option<String>)> {
    let list = person.get("/api/notifications?unread=true").await.is(200);
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let told = list.list("notifications").iter().rev();
    told.map(|told| (text(&told["type"]).expect("a type"), text(&told["preview"]))).collect()
}

/// The same, as soon as it is as awaited.
async fn has_unread(person: &Person, awaited: &[(&str, &str)]) {
    let awaited: Vec<_> = awaited.iter().map(|(kind, preview)| (kind.to_string(), Some(preview.to_string()))).collect();
    world::eventually("it is told as it is now", async || (unread(person).await == awaited).then_some(())).await;
}

async fn direct(ann: &Person, bob: &Person, count: usize) -> (Room, Vec<world::Reply>) {
    let room = ann.direct(bob).await;
    let sent = ann.send_all(&room, (1..=count).map(|n| format!("message {n}"))).await;
    has_unread(bob, &[("message", "message 1")]).await;
    (room, sent)
}

#[tokio::test]
async fn the_message_that_others_rest_on_makes_room_for_the_next() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (_, sent) = direct(&ann, &bob, 4).await;
    ann.unsend(&sent[1]).await;
    ann.unsend(&sent[0]).await;
    has_unread(&bob, &[("message", "message 3")]).await;
    ann.unsend(&sent[2]).await;
    has_unread(&bob, &[("message", "message 4")]).await;
    ann.unsend(&sent[3]).await;
    bob.has_unread(0).await;
    for told in bob.notified(3).await {
        assert_eq!((&told["preview"], &told["is_read"]), (&json!(null), &json!(true)), "{told}");
    }
}

#[tokio::test]
async fn a_message_that_is_deleted_unread_leaves_nothing_to_be_told_of() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (room, sent) = direct(&ann, &bob, 1).await;
    ann.unsend(&sent[0]).await;
    bob.has_unread(0).await;
    let told = bob.notified(1).await.remove(0);
    assert_eq!((&told["preview"], &told["is_read"], &told["message_id"]), (&json!(null), &json!(true), &sent[0]["id"]));
    ann.send(&room, "another").await;
    has_unread(&bob, &[("message", "another")]).await;
}

#[tokio::test]
async fn a_mention_goes_with_its_message() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (room, sent) = direct(&ann, &bob, 2).await;
    let mention = format!("@{} now", bob.username);
    let mentioning = ann.send(&room, &mention).await;
    has_unread(&bob, &[("message", "message 1"), ("mention", &mention)]).await;
    ann.unsend(&mentioning).await;
    has_unread(&bob, &[("message", "message 1")]).await;
    ann.unsend(&sent[0]).await;
    has_unread(&bob, &[("message", "message 2")]).await;
    ann.unsend(&sent[1]).await;
    bob.has_unread(0).await;
}

#[tokio::test]
async fn what_is_told_of_by_itself_does_not_take_the_place() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (room, sent) = direct(&ann, &bob, 1).await;
    let mention = format!("@{} now", bob.username);
    ann.send(&room, &mention).await;
    has_unread(&bob, &[("message", "message 1"), ("mention", &mention)]).await;
    ann.unsend(&sent[0]).await;
    has_unread(&bob, &[("mention", &mention)]).await;
}

#[tokio::test]
async fn a_room_that_is_read_in_part_goes_on_with_what_is_still_there() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    let sent = ann.send_all(&group, (1..=3).map(|n| format!("message {n}"))).await;
    cid.send(&group, "of the blocked").await;
    let last = ann.send(&group, "message 4").await;
    has_unread(&bob, &[("room_invited", "g"), ("message", "message 1")]).await;
    bob.block(&cid).await;
    ann.unsend(&sent[1]).await;
    ann.unsend(&sent[2]).await;
    bob.post("/api/messages/read", json!({ "room_id": group.id, "up_to": sent[0]["version"] })).await.is(200);
    has_unread(&bob, &[("message", "message 4")]).await;
    assert_eq!(bob.notifications().await[0]["message_id"], last["id"]);
}

#[tokio::test]
async fn whoever_follows_hears_of_it() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let mut stream = bob.follow_notifications().await;
    let (_, sent) = direct(&ann, &bob, 2).await;
    let first = stream.expect("notification").await;
    assert_eq!(first.data["message_id"], sent[0]["id"]);
    ann.unsend(&sent[0]).await;
    assert_eq!(stream.expect("read").await.data["ids"], json!([first.data["id"]]));
    let next = stream.expect("notification").await;
    assert_eq!((&next.data["message_id"], &next.data["preview"]), (&sent[1]["id"], &json!("message 2")));
    assert_eq!(stream.within(Duration::from_millis(300)).await, None);
}
