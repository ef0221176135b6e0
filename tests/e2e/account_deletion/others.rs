//! What others see of who is gone.

use super::{HOUSE, gone};
use serde_json::{Value, json};
use world::{Person, Reply, Room};

fn participant<'r>(room: &'r Reply, id: &str) -> Option<&'r Value> {
    room.list("participants").iter().find(|one| one["id"] == id)
}

async fn role(viewer: &Person, room: &Room, of: &Person) -> Value {
    let room = viewer.room(room).await;
    participant(&room, &of.id).map_or(Value::Null, |one| one["role"].clone())
}

#[tokio::test]
async fn a_direct_room_stays_readable_and_nobody_writes_into_it() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let said = ann.send(&room, "a word of ann's").await;
    ann.edit(&said, "a better word of ann's").await;
    let answer = bob.send(&room, "a word of bob's").await;
    let mut stream = bob.follow_from_now(&room).await;
    gone(&world, &ann).await;

    let erased = stream.until("room_changed").await;
    assert_eq!(erased.data["erased_user_id"], ann.id, "{erased:?}");
    assert_eq!(erased.data["participants"].as_array().map(Vec::len), Some(2), "{erased:?}");
    let messages = bob.timeline(&room).await;
    let [first, second] = messages.list("messages") else { panic!("{}", messages.story()) };
    assert_eq!(
        (&first["user_id"], &first["username"], &first["content"]),
        (&json!(ann.id), &Value::Null, &Value::Null)
    );
    assert_eq!((&first["is_deleted"], &second["content"]), (&json!(false), &json!("a word of bob's")));
    let seen = bob.room(&room).await;
    let other = participant(&seen, &ann.id).expect("it is a room of two");
    assert_eq!((&other["nickname"], &other["username"]), (&json!("Deleted user"), &Value::Null));

    assert_eq!(bob.sending(&room, "are you there?").await.refused(403).code(), "USER_DELETED");
    let edit = json!({ "content": "another word" });
    bob.patch(&format!("/api/messages/{}", answer.str("id")), edit).await.refused(403);
    bob.get(&format!("/api/chat-rooms/check/{}", ann.id)).await.refused(404);
    bob.post("/api/chat-rooms", json!({ "participant_ids": [ann.id] })).await.refused(404);
}

#[tokio::test]
async fn who_comes_back_to_a_stream_is_not_told_what_is_erased() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    let mut stream = bob.follow_from_now(&group).await;
    let mut kept = cid.follow_from_now(&group).await;
    let before = stream.last_id.clone().expect("an id");
    ann.send(&group, "a word of ann's").await;
    stream.until("new_message").await;
    gone(&world, &ann).await;
    // The room is still followed by somebody: its last frames are in memory.
    let mut again = bob.follow_after(&group, &before).await;
    let frames = again.collect_until(|frame| frame.event == "member_left").await;
    let told: Vec<_> = frames.iter().filter(|frame| frame.event == "new_message").collect();
    assert_eq!(told.len(), 1, "{frames:?}");
    assert!(told[0].data["content"].is_null() && told[0].data["username"].is_null(), "{told:?}");
    // Who was there all the time is told the same, and of the same person.
    for stream in [&mut again, &mut kept] {
        stream.collect_until(|frame| frame.data["erased_user_id"] == ann.id).await;
    }
}

#[tokio::test]
async fn groups_go_on_and_the_last_owner_does_not_stay_for_them() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (led, named) = (ann.group("led by ann", &[&bob, &cid]).await, bob.group("named by bob", &[&ann]).await);
    ann.put(&led.path(&format!("/members/{}/role", cid.id)), json!({ "role": "admin" })).await.is(200);
    bob.put(&named.path(&format!("/members/{}/role", ann.id)), json!({ "role": "admin" })).await.is(200);
    ann.patch(&named.path(""), json!({ "name": "named by ann" })).await.is(200);
    gone(&world, &ann).await;
    assert_eq!((role(&cid, &led, &cid).await, role(&cid, &led, &bob).await), (json!("owner"), json!("member")));
    assert_eq!(role(&cid, &led, &ann).await, Value::Null);
    // Whoever gave it took it along.
    assert_eq!((&cid.room(&led).await["name"], &bob.room(&named).await["name"]), (&Value::Null, &Value::Null));
    cid.patch(&led.path(""), json!({ "name": "led by cid" })).await.is(200);
    assert_eq!(bob.room(&led).await.str("name"), "led by cid");
    cid.post(&led.path("/members"), json!({ "user_ids": [ann.id] })).await.refused(404);
}

#[tokio::test]
async fn what_others_were_told_and_what_is_found_and_shown_of_the_past_has_no_word_of_who_is_gone() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("ann's name for it", &[&bob]).await;
    ann.patch(&group.path(""), json!({ "name": "ann's newer name" })).await.is(200);
    ann.send(&group, &format!("a flamboyance, @{}", bob.username)).await;
    let previews = async || {
        let told = bob.get("/api/notifications").await.is(200);
        told.list("notifications").iter().map(|told| told["preview"].clone()).collect::<Vec<_>>()
    };
    bob.told(2).await;
    assert!(previews().await.iter().any(|preview| preview.to_string().contains("flamboyance")));
    assert_eq!(bob.found("flamboyance").await.len(), 1);
    gone(&world, &ann).await;
    assert_eq!(previews().await, [Value::Null, Value::Null]);
    assert!(bob.found("flamboyance").await.is_empty());
    let past = bob.timeline(&group).await;
    assert!(
        past.text.contains("system") && !past.text.contains("ann's") && !past.text.contains(&ann.nickname),
        "{past:?}"
    );
}

#[tokio::test]
async fn friendships_and_requests_end_from_both_sides() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    ann.befriend(&bob).await;
    ann.post("/api/friends/request", json!({ "to_user_id": cid.id, "message": "it is ann" })).await.is(201);
    dan.post("/api/friends/request", json!({ "to_user_id": ann.id })).await.is(201);
    gone(&world, &ann).await;
    assert!(bob.get("/api/friends").await.is(200).list("friends").is_empty());
    assert!(cid.get("/api/friends/requests").await.is(200).list("received_requests").is_empty());
    assert!(dan.get("/api/friends/requests").await.is(200).list("sent_requests").is_empty());
    for person in [&bob, &cid, &dan] {
        person.post("/api/friends/request", json!({ "to_user_id": ann.id })).await.refused(404);
        person.mark(&format!("/api/friends/blocks/{}", ann.id)).await.refused(404);
    }
}
