//! Promise 7: sending twice is sending once, with no time window, across restarts.

use futures::future::join_all;
use serde_json::json;
use world::{PASSWORD, Reply, World};

#[tokio::test]
async fn promise_07_sending_twice_is_sending_once_at_the_same_time_and_after_a_kill() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let (from, to) = (&ann, &room);
    let all: Vec<Reply> = join_all((0..20).map(async |_| from.sending(to, "once").with_key("the-key").await)).await;
    for reply in &all {
        assert_eq!((reply.status, &reply.body), (201, &all[0].body));
    }
    world.kill();
    world.restart().await;
    let ann = ann.reconnected();
    let again = ann.sending(&room, "once").with_key("the-key").await.is(201);
    assert_eq!(again.body, all[0].body);
    assert_eq!(ann.contents(&room).await, ["once"]);
    let other = ann.sending(&room, "twice").with_key("the-key").await.refused(422);
    assert_eq!(other.code(), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn promise_07_sending_twice_is_sending_once_when_the_first_answer_was_lost() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut lost = 0;
    for round in 0..4 {
        let sends = (0..25).map(|n| {
            let call = ann.reconnected().sending(&room, &format!("{round} {n}")).with_key(&format!("key-{round}-{n}"));
            tokio::spawn(call.attempt())
        });
        let sends: Vec<_> = sends.collect();
        // Killed at a moment when some are answered, some are written, and some are neither.
        tokio::time::sleep(std::time::Duration::from_millis(3 + round * 4)).await;
        world.kill();
        let first = join_all(sends).await;
        world.restart().await;
        let ann = ann.reconnected();
        for (n, first) in first.into_iter().enumerate() {
            let key = format!("key-{round}-{n}");
            let again = ann.sending(&room, &format!("{round} {n}")).with_key(&key).await.is(201);
            match first.expect("not cancelled") {
                Ok(reply) => assert_eq!(reply.is(201).body, again.body),
                Err(_) => lost += 1,
            }
        }
    }
    let mut contents: Vec<_> = ann.reconnected().contents(&room).await;
    contents.sort();
    let mut expected: Vec<_> = (0..4).flat_map(|r| (0..25).map(move |n| format!("{r} {n}"))).collect();
    expected.sort();
    assert_eq!(contents, expected);
    assert!(lost > 0, "no answer was ever lost: kill earlier");
}

#[tokio::test]
async fn promise_07_sending_twice_is_sending_once_for_rooms_edits_and_passwords() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let body = json!({ "participant_ids": [bob.id], "name": "g" });
    let first = ann.post("/api/chat-rooms", body.clone()).with_key("room").await.is(201);
    let sent = ann.post("/api/messages", json!({ "room_id": first["id"], "content": "x" })).await.is(201);
    let path = format!("/api/messages/{}", sent.str("id"));
    let edited = ann.patch(&path, json!({ "content": "y" })).with_key("edit").await.is(200);
    ann.delete(&path).with_key("delete").await.is(200);
    let change = json!({ "current_password": PASSWORD, "new_password": "another-Secret8word?" });
    ann.put("/api/auth/password", change.clone()).with_key("password").await.is(204);
    world.kill();
    world.restart().await;
    let ann = ann.reconnected();
    assert_eq!(ann.post("/api/chat-rooms", body).with_key("room").await.is(201)["id"], first["id"]);
    let again = ann.patch(&path, json!({ "content": "y" })).with_key("edit").await.is(200);
    assert_eq!(again["version"], edited["version"]);
    ann.delete(&path).with_key("delete").await.is(200);
    ann.put("/api/auth/password", change).with_key("password").await.is(204);
    assert_eq!(ann.get("/api/chat-rooms").await.is(200).bare_list().len(), 1);
}

#[tokio::test]
async fn promise_07_sending_twice_is_sending_once_when_there_was_nothing_to_change() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let read = || bob.post("/api/messages/read", json!({ "room_id": room.id })).with_key("read");
    assert_eq!(read().await.is(200)["read_count"], 0);
    ann.send(&room, "unseen").await;
    assert_eq!(read().await.is(200)["read_count"], 0);
    assert_eq!(bob.unread(&room).await, 1);
    let block = || bob.mark(&format!("/api/friends/blocks/{}", ann.id)).with_key("block");
    bob.block(&ann).await;
    block().await.is(204);
    bob.delete(&format!("/api/friends/blocks/{}", ann.id)).await.is(204);
    world.kill();
    world.restart().await;
    let (ann, bob) = (ann.reconnected(), bob.reconnected());
    let block = || bob.mark(&format!("/api/friends/blocks/{}", ann.id)).with_key("block");
    block().await.is(204);
    ann.send(&room, "not blocked").await;
    bob.post("/api/messages/read", json!({ "room_id": room.id, "up_to": 1 })).with_key("read").await.refused(422);
}
