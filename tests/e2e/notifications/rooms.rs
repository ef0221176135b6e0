//! What people are told of their rooms.

use super::HOUSE;
use serde_json::json;
use world::Person;

#[tokio::test]
async fn who_is_brought_into_a_group_is_told() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("Plans", &[&bob]).await;
    let told = bob.notified(1).await.remove(0);
    assert_eq!((&told["type"], &told["room_id"]), (&json!("room_invited"), &json!(group.id)));
    assert_eq!((&told["actor_id"], &told["preview"]), (&json!(ann.id), &json!("Plans")));
    bob.post(&group.path("/leave"), json!({})).await.is(200);
    ann.add(&group, &cid).await;
    assert_eq!(cid.told(1).await, ["room_invited"]);
    bob.has_unread(0).await;
    assert!(ann.notifications().await.is_empty());
}

#[tokio::test]
async fn a_room_has_one_unread_message_which_stays_the_first() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send_all(&room, (1..=4).map(|n| format!("message {n}"))).await;
    ann.all_is_told_to(&bob).await;
    let told = bob.notified(2).await.remove(1);
    assert_eq!((&told["type"], &told["message_id"]), (&json!("message"), &sent[0]["id"]));
    assert_eq!((&told["preview"], &told["room_id"]), (&json!("message 1"), &json!(room.id)));

    bob.read_all(&room).await;
    bob.has_unread(1).await;
    let later = ann.send(&room, "message 5").await;
    let told = bob.notified(3).await.remove(0);
    assert_eq!(told["message_id"], later["id"]);
    assert!(ann.notifications().await.is_empty(), "one's own messages are not told to oneself");
}

#[tokio::test]
async fn a_room_that_is_read_in_part_goes_on_with_the_first_that_is_unread() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send_all(&room, (1..=4).map(|n| format!("message {n}"))).await;
    ann.all_is_told_to(&bob).await;
    bob.post("/api/messages/read", json!({ "room_id": room.id, "up_to": sent[1]["version"] })).await.is(200);
    let told = bob.notified(3).await;
    assert_eq!((&told[0]["message_id"], &told[0]["is_read"]), (&sent[2]["id"], &json!(false)));
    assert_eq!((&told[2]["message_id"], &told[2]["is_read"]), (&sent[0]["id"], &json!(true)));
}

#[tokio::test]
async fn who_answers_has_read() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "tea?").await;
    bob.has_unread(1).await;
    bob.send(&room, "yes").await;
    bob.has_unread(0).await;
    assert_eq!(ann.told(1).await, ["message"]);
}

#[tokio::test]
async fn a_preview_shows_the_message_as_it_is_now() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "first").await;
    assert_eq!(bob.notified(1).await[0]["preview"], "first");
    let edited = ann.edit(&sent, "edited").await;
    let list = bob.get("/api/notifications").after(&edited).await.is(200);
    assert_eq!(list.list("notifications")[0]["preview"], "edited");
    let deleted = ann.unsend(&sent).await;
    let list = bob.get("/api/notifications").after(&deleted).await.is(200);
    assert_eq!(list.list("notifications")[0]["preview"], json!(null));
}

#[tokio::test]
async fn who_is_mentioned_is_told_of_that() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    bob.notified(1).await;
    let content = format!("@{} @{} look", bob.username.to_uppercase(), dan.username);
    let sent = ann.send(&group, &content).await;
    assert_eq!(bob.told(2).await, ["room_invited", "mention"]);
    assert_eq!(bob.notified(2).await[0]["message_id"], sent["id"]);
    assert_eq!(cid.told(2).await, ["room_invited", "message"]);
    ann.all_is_told_to(&dan).await;
    assert_eq!(dan.told(1).await, ["friend_request"], "an outsider hears nothing");
}

#[tokio::test]
async fn nothing_is_told_of_a_muted_room() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.direct(&bob).await;
    bob.mute(&room).await.position();
    bob.mute(&room).await;
    ann.send(&room, &format!("@{} are you there?", bob.username)).await;
    cid.all_is_told_to(&bob).await;
    assert_eq!(bob.told(1).await, ["friend_request"]);
    bob.unmute(&room).await;
    ann.send(&room, "and now?").await;
    assert_eq!(bob.told(2).await, ["friend_request", "message"]);
}

#[tokio::test]
async fn a_room_is_muted_by_its_members_only() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.direct(&bob).await;
    for path in [room.path("/mute"), "/api/chat-rooms/x/mute".to_owned()] {
        assert_eq!(cid.mark(&path).await.refused(404).code(), "ROOM_NOT_FOUND");
        cid.delete(&path).await.refused(404);
    }
    let group = ann.group("g", &[&bob]).await;
    ann.remove(&group, &bob).await;
    bob.mark(&group.path("/mute")).await.refused(403);
}

#[tokio::test]
async fn the_blocked_are_not_heard_in_groups() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = cid.group("g", &[&ann, &bob]).await;
    bob.block(&ann).await;
    ann.send(&group, &format!("hear me, @{}", bob.username)).await;
    cid.all_is_told_to(&bob).await;
    assert_eq!(bob.told(2).await, ["room_invited", "friend_request"]);
    cid.send(&group, "quiet").await;
    assert_eq!(bob.told(3).await, ["room_invited", "friend_request", "message"]);
}

#[tokio::test]
async fn who_has_the_room_before_their_eyes_is_not_told() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.direct(&bob).await;
    let stream = bob.follow_from_now(&room).await;
    ann.send(&room, "you see this").await;
    cid.all_is_told_to(&bob).await;
    assert_eq!(bob.told(1).await, ["friend_request"]);
    drop(stream);
    // The server finds out that the stream is gone.
    world::eventually("a message is told again", async || {
        ann.send(&room, "and this you do not").await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        bob.notifications().await.iter().any(|told| told["type"] == "message").then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_stream_of_all_rooms_is_no_watching() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = bob.listen("/api/messages/stream").await;
    stream.expect("connected").await;
    ann.send(&room, "told all the same").await;
    assert_eq!(bob.told(1).await, ["message"]);
}

#[tokio::test]
async fn in_a_big_room_only_mentions_are_told() {
    let world = HOUSE.world().await;
    let names: Vec<_> = (0..51).map(|n| format!("many{n}")).collect();
    let people: Vec<Person> = futures::future::join_all(names.iter().map(|name| world.person(name))).await;
    let (ann, others) = people.split_first().expect("51");
    let group = ann.group("many", &others.iter().collect::<Vec<_>>()).await;
    let (bob, cid) = (&others[0], &others[1]);
    bob.notified(1).await;
    ann.send(&group, "nobody is told").await;
    ann.send(&group, &format!("but @{} is", bob.username)).await;
    assert_eq!(bob.told(2).await, ["room_invited", "mention"]);
    assert_eq!(cid.told(1).await, ["room_invited"]);
    // With fifty left, all are told.
    ann.remove(&group, &others[49]).await;
    ann.send(&group, "now you are").await;
    assert_eq!(cid.told(2).await, ["room_invited", "message"]);
}
