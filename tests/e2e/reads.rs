//! What is read and what is not.

use serde_json::{Value, json};
use world::Shared;

static HOUSE: Shared = Shared::new();

fn readers(message: &Value) -> Vec<&str> {
    let all = message["read_by"].as_array().expect("read_by");
    all.iter().map(|one| one["user_id"].as_str().expect("a user")).collect()
}

#[tokio::test]
async fn unread_is_what_others_wrote_since_one_read() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send_all(&room, (0..3).map(|n| format!("{n}"))).await;
    assert_eq!((ann.unread(&room).await, bob.unread(&room).await), (0, 3));
    let read = bob.read_all(&room).await;
    read.position();
    assert_eq!((&read["success"], read.u64("read_count")), (&json!(true), 3));
    assert!(read["message"].is_string());
    assert_eq!(bob.unread(&room).await, 0);
    ann.send(&room, "more").await;
    assert_eq!(bob.unread(&room).await, 1);
    assert_eq!(bob.room(&room).await.u64("unread_count"), 1);
}

#[tokio::test]
async fn ones_own_message_moves_ones_own_mark() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "question").await;
    bob.send(&room, "answer").await;
    assert_eq!((ann.unread(&room).await, bob.unread(&room).await), (1, 0));
}

#[tokio::test]
async fn reading_up_to_a_version_leaves_the_rest_unread() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send_all(&room, (0..4).map(|n| format!("{n}"))).await;
    let up_to = |message: &world::Reply| json!({ "room_id": room.id, "up_to": message["version"] });
    assert_eq!(bob.post("/api/messages/read", up_to(&sent[1])).await.is(200).u64("read_count"), 2);
    assert_eq!(bob.unread(&room).await, 2);
    // A mark does not go back.
    assert_eq!(bob.post("/api/messages/read", up_to(&sent[0])).await.is(200).u64("read_count"), 0);
    assert_eq!(bob.unread(&room).await, 2);
}

#[tokio::test]
async fn reading_messages_by_id_moves_the_mark_to_the_newest() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send_all(&room, (0..3).map(|n| format!("{n}"))).await;
    let body = json!({ "room_id": room.id, "message_ids": [sent[0]["id"], sent[1]["id"]] });
    bob.post("/api/messages/read", body).await.is(200);
    assert_eq!(bob.unread(&room).await, 1);
}

#[tokio::test]
async fn everybody_sees_who_has_read() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    let (first, _second) = (ann.send(&group, "1").await, ann.send(&group, "2").await);
    bob.read_all(&group).await;
    let body = json!({ "room_id": group.id, "up_to": first["version"] });
    cid.post("/api/messages/read", body).await.is(200);
    let timeline = ann.timeline(&group).await;
    let [one, two] = timeline.list("messages") else { panic!("two messages") };
    let mut both = [bob.id.as_str(), cid.id.as_str()];
    both.sort_unstable();
    let mut seen = readers(one);
    seen.sort_unstable();
    assert_eq!((seen.as_slice(), &one["read_count"]), (both.as_slice(), &json!(2)));
    assert_eq!((readers(two), &two["read_count"]), (vec![bob.id.as_str()], &json!(1)));
    assert!(two["read_by"][0]["read_at"].as_str().expect("a time").ends_with('Z'));
}

#[tokio::test]
async fn a_newcomers_past_is_not_unread_and_not_read_by_them() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob]).await;
    ann.send_all(&group, (0..3).map(|n| format!("{n}"))).await;
    ann.add(&group, &cid).await;
    assert_eq!((cid.unread(&group).await, bob.unread(&group).await), (0, 3));
    ann.send(&group, "welcome").await;
    assert_eq!((cid.unread(&group).await, bob.unread(&group).await), (1, 4));
}

#[tokio::test]
async fn what_is_deleted_is_not_unread() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send_all(&room, (0..4).map(|n| format!("{n}"))).await;
    ann.unsend(&sent[1]).await;
    assert_eq!(bob.unread(&room).await, 3);
    let body = json!({ "room_id": room.id, "up_to": sent[2]["version"] });
    bob.post("/api/messages/read", body).await.is(200);
    assert_eq!(bob.unread(&room).await, 1);
    // One that was read is deleted: nothing becomes less unread than it is.
    ann.unsend(&sent[0]).await;
    assert_eq!(bob.unread(&room).await, 1);
    ann.unsend(&sent[3]).await;
    assert_eq!(bob.unread(&room).await, 0);
}

#[tokio::test]
async fn marks_that_point_nowhere_are_refused() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (room, other) = (ann.direct(&bob).await, ann.direct(&cid).await);
    let elsewhere = ann.send(&other, "elsewhere").await;
    ann.send(&room, "here").await;
    for wrong in [json!({ "up_to": -1 }), json!({ "up_to": "x" }), json!({ "message_ids": "x" })] {
        let mut body = wrong;
        body["room_id"] = room.id.as_str().into();
        bob.post("/api/messages/read", body).await.refused(422);
    }
    bob.post("/api/messages/read", json!({})).await.refused(422);
    let foreign = json!({ "room_id": room.id, "message_ids": [elsewhere["id"]] });
    let reply = bob.post("/api/messages/read", foreign).await;
    assert!([200, 400, 404].contains(&reply.status), "{}", reply.story());
    assert_eq!(bob.unread(&room).await, 1);
    let far = json!({ "room_id": room.id, "up_to": 9_000_000_000_u64 });
    let reply = bob.post("/api/messages/read", far).await;
    assert!([200, 400, 422].contains(&reply.status), "{}", reply.story());
    ann.send(&room, "new").await;
    assert!(bob.unread(&room).await >= 1, "a mark reached into the future");
}

#[tokio::test]
async fn what_is_newly_read_lies_at_or_below_the_mark() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    bob.send_all(&room, (0..3).map(|n| format!("mine {n}"))).await;
    let sent = ann.send_all(&room, (0..4).map(|n| format!("{n}"))).await;
    ann.unsend(&sent[1]).await;
    let up_to = |message: &world::Reply| json!({ "room_id": room.id, "up_to": message["version"] });
    assert_eq!(bob.post("/api/messages/read", up_to(&sent[0])).await.is(200).u64("read_count"), 1);
    assert_eq!(bob.post("/api/messages/read", up_to(&sent[2])).await.is(200).u64("read_count"), 1);
    assert_eq!(bob.read_all(&room).await.u64("read_count"), 1);
}

#[tokio::test]
async fn an_edited_message_shows_who_had_read_it() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "helo").await;
    bob.read_all(&room).await;
    let edited = ann.edit(&sent, "hello").await;
    assert_eq!((edited.u64("read_count"), readers(&edited.body)), (1, vec![bob.id.as_str()]));
    let deleted = ann.unsend(&sent).await;
    assert_eq!((deleted.u64("read_count"), readers(&deleted.body)), (1, vec![bob.id.as_str()]));
}
