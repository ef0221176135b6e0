//! A room, live.

use serde_json::{Value, json};
use world::{Frame, Shared};

static HOUSE: Shared = Shared::new();

fn has(frame: &Frame, fields: &[&str]) {
    for field in fields {
        assert!(frame.data.get(*field).is_some(), "no `{field}`: {frame:?}");
    }
}

#[tokio::test]
async fn a_stream_is_served_as_one() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "before").await;
    let mut stream = bob.follow(&room).await;
    let header = |name: &str| stream.headers.get(name).map(|value| value.to_str().expect("text").to_owned());
    assert!(header("content-type").expect("a type").starts_with("text/event-stream"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    assert!(header("x-correlation-id").is_some());
    let connected = stream.expect("connected").await;
    assert_eq!(connected.version(), ann.room(&room).await.u64("version"));
    assert!((1_000..=5_000).contains(&stream.retry.expect("retry")), "{:?}", stream.retry);
}

#[tokio::test]
async fn a_message_comes_as_the_read_api_gives_it() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = bob.follow_from_now(&room).await;
    let first = ann.send(&room, "question").await;
    stream.expect("new_message").await;
    let reply = json!({ "room_id": room.id, "content": "multi\nline \u{2028} 한", "reply_to": first["id"] });
    let sent = ann.post("/api/messages", reply).await.is(201);
    let frame = stream.expect("new_message").await;
    assert_eq!(frame.version(), sent.u64("version"));
    let read = bob.timeline(&room).await.list("messages")[1].clone();
    for (field, value) in read.as_object().expect("a message") {
        if !["reactions", "read_by", "read_count"].contains(&field.as_str()) {
            assert_eq!(&frame.data[field], value, "{field}");
        }
    }
}

#[tokio::test]
async fn every_change_of_a_message_has_an_event() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "helo").await;
    let version = sent.u64("version");
    let mut stream = bob.follow_from_now(&room).await;

    ann.edit(&sent, "hello").await;
    let frame = stream.expect("message_edited").await;
    has(&frame, &["id", "room_id", "content", "version", "edited_at"]);
    assert_eq!((&frame.data["id"], &frame.data["content"]), (&sent["id"], &json!("hello")));
    assert_eq!((frame.version(), &frame.data["version"]), (version + 1, &json!(version + 1)));

    let path = format!("/api/messages/{}/reactions/👍", sent.str("id"));
    bob.mark(&path).await.is(204);
    let frame = stream.expect("reaction").await;
    let expected = json!({ "id": sent["id"], "room_id": room.id, "emoji": "👍", "user_id": bob.id, "added": true,
        "version": version + 2 });
    assert_eq!(frame.data, expected);
    bob.delete(&path).await.is(204);
    assert_eq!(stream.expect("reaction").await.data["added"], false);

    ann.unsend(&sent).await;
    let frame = stream.expect("message_deleted").await;
    has(&frame, &["id", "room_id", "version", "deleted_at"]);
    assert_eq!((frame.version(), &frame.data["id"]), (version + 4, &sent["id"]));
}

#[tokio::test]
async fn every_change_of_a_group_has_an_event() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob]).await;
    let mut stream = bob.follow_from_now(&group).await;

    ann.add(&group, &cid).await;
    let joined = stream.expect("member_joined").await;
    has(&joined, &["room_id", "user_id", "username", "role"]);
    assert_eq!((&joined.data["user_id"], &joined.data["role"]), (&json!(cid.id), &json!("member")));

    ann.patch(&group.path(""), json!({ "name": "new" })).await.is(200);
    let changed = stream.expect("room_changed").await;
    assert_eq!((&changed.data["id"], &changed.data["name"]), (&json!(group.id), &json!("new")));
    assert!(changed.data.get("unread_count").is_none(), "it differs by viewer");

    let role = group.path(&format!("/members/{}/role", cid.id));
    ann.put(&role, json!({ "role": "admin" })).await.is(200);
    let changed = stream.expect("room_changed").await;
    let people = changed.data["participants"].as_array().expect("participants");
    assert!(people.iter().any(|one| one["id"] == cid.id.as_str() && one["role"] == "admin"));

    cid.act(&group.path("/leave")).await.is(200);
    let left = stream.expect("member_left").await;
    has(&left, &["room_id", "user_id", "username", "role"]);
    assert_eq!(left.data["user_id"], cid.id);
    assert_eq!(left.version(), joined.version() + 3);
}

#[tokio::test]
async fn read_marks_come_without_an_id() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "hello").await;
    let mut stream = ann.follow_from_now(&room).await;
    bob.read_all(&room).await;
    let frame = loop {
        let frame = stream.expect("messages_read").await;
        if frame.data["user_id"] == bob.id.as_str() && frame.data["up_to"] == sent["version"] {
            break frame;
        }
    };
    assert_eq!(frame.id, None);
    assert_eq!(frame.data["room_id"], room.id);
}

#[tokio::test]
async fn a_fresh_stream_begins_with_the_others_read_marks() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "hello").await;
    bob.read_all(&room).await;
    let mut stream = ann.follow_from_now(&room).await;
    let mark = stream.expect("messages_read").await;
    assert_eq!((&mark.data["user_id"], &mark.data["up_to"]), (&json!(bob.id), &sent["version"]));
    // Whoever writes has read what stands above.
    let mark = bob.follow_from_now(&room).await.expect("messages_read").await;
    assert_eq!((&mark.data["user_id"], &mark.data["up_to"]), (&json!(ann.id), &sent["version"]));
}

#[tokio::test]
async fn each_version_comes_once_and_in_order_to_everybody() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    let mut streams = Vec::new();
    for who in [&ann, &bob, &cid] {
        streams.push(who.follow_from_now(&group).await);
    }
    let start = ann.room(&group).await.u64("version");
    let writers = [&ann, &bob, &cid].map(|who| who.send_all(&group, (0..40).map(|n| format!("{} {n}", who.id))));
    futures::future::join_all(writers).await;
    for stream in &mut streams {
        let seen = stream.collect_until(|frame| frame.id == Some((start + 120).to_string())).await;
        let versions: Vec<_> = seen.iter().filter(|frame| frame.id.is_some()).map(Frame::version).collect();
        assert_eq!(versions, (start + 1..=start + 120).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn nothing_private_to_a_viewer_or_secret_is_streamed() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = bob.follow_from_now(&room).await;
    ann.send(&room, "hello").await;
    let frame: Value = stream.expect("new_message").await.data;
    for field in ["email", "reactions", "read_by"] {
        assert!(frame.get(field).is_none(), "{field} in {frame}");
    }
    // A token in the URL would stand in every log on the way.
    let path = format!("{}?access_token={}&token={}", room.stream(), bob.access, bob.access);
    world.anyone().get(&path).await.refused(401);
}
