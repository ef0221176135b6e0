//! Promise 5: you read what you wrote.

use super::ledger;
use serde_json::json;
use world::{Person, Room, World, eventually};

/// One write after another, each seen in the very next read, with nothing done by the client.
async fn writes_and_reads(who: &Person, room: &Room, rounds: u64) {
    for n in 1..=rounds {
        let sent = who.send(room, &n.to_string()).await;
        let page = who.get(&format!("{}&limit=1", room.messages())).unbound().await.is(200);
        assert_eq!(page.list("messages")[0]["id"], sent["id"], "{}", page.story());
        assert!(page.header("stale").is_none());
        let rooms = who.get("/api/chat-rooms").unbound().await.is(200);
        let listed = rooms.bare_list().iter().find(|one| one["id"] == room.id.as_str()).expect("it is listed");
        assert_eq!(listed["last_message"]["id"], sent["id"], "{}", rooms.story());
        who.edit(&sent, &format!("{n}!")).await;
        let page = who.get(&format!("{}&limit=1", room.messages())).unbound().await.is(200);
        assert_eq!(page.list("messages")[0]["content"], format!("{n}!"));
    }
}

#[tokio::test]
async fn promise_05_own_writes_are_read_at_once_by_many_at_the_same_time() {
    let world = World::start().await;
    let people = world.people(["a", "b", "c", "d", "e", "f", "g", "h"]).await;
    let all = people.chunks(2).map(async |pair| {
        // A room for each, so that the last message is one's own.
        let (one, two) = (pair[0].group("a", &[&pair[1]]).await, pair[1].group("b", &[&pair[0]]).await);
        tokio::join!(writes_and_reads(&pair[0], &one, 15), writes_and_reads(&pair[1], &two, 15));
    });
    futures::future::join_all(all).await;
}

#[tokio::test]
async fn promise_05_own_writes_are_read_at_once_in_every_model() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    for n in 0..20 {
        let nickname = format!("ann {n}");
        ann.patch("/api/profile", json!({ "nickname": nickname })).await.is(200);
        assert_eq!(ann.get("/api/profile").unbound().await.is(200)["nickname"], nickname);
        let group = ann.group("g", &[&bob]).await;
        ann.get(&group.path("")).unbound().await.is(200);
        ann.block(&bob).await;
        assert_eq!(ann.get("/api/friends/blocks").unbound().await.is(200).list("blocks").len(), 1);
        ann.delete(&format!("/api/friends/blocks/{}", bob.id)).await.is(204);
        assert!(ann.get("/api/friends/blocks").unbound().await.is(200).list("blocks").is_empty());
        bob.send(&group, "hello").await;
        ann.get(&format!("{}&limit=1", group.messages())).await.is(200);
        ann.post("/api/messages/read", json!({ "room_id": group.id })).await.is(200);
        let path = format!("/api/messages/room/{group}/unread-count");
        assert_eq!(ann.get(&path).unbound().await.is(200).u64("unread_count"), 0);
    }
}

#[tokio::test]
async fn promise_05_own_writes_are_read_at_once_right_after_a_restart() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for round in 0..6 {
        let ann = ann.reconnected();
        // The kill finds the projector behind: the last sends have just been acknowledged.
        let (ann, room) = (&ann, &room);
        let sends = (0..30).map(async |n| ann.send(room, &format!("{round} {n}")).await);
        let sent = futures::future::join_all(sends).await;
        let newest = sent.iter().max_by_key(|reply| reply.u64("version")).expect("thirty").clone();
        world.kill();
        world.restart().await;
        let page = ann.reconnected().get(&format!("{}&limit=1", room.messages())).unbound().await.is(200);
        assert_eq!(page.list("messages")[0]["id"], newest["id"], "{}", page.story());
        assert_eq!(page.u64("total_count"), (round + 1) * 30);
    }
}

#[tokio::test]
async fn promise_05_own_writes_or_the_answer_says_that_it_is_stale() {
    if world::is_distributed() {
        return world::skipped("it locks a file of the embedded mode; outages say the same of the real servers");
    }
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "before").await;
    assert_eq!(ann.contents(&room).await, ["before"]);
    // Nobody but us may write to the timeline now: its projector cannot go on.
    let mut held = Vec::new();
    for file in ledger::models(&world, "timeline") {
        let mut model = ledger::open(&file).await;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut model).await.expect("the lock");
        held.push(model);
    }
    let sent = ann.send(&room, "meanwhile").await;
    let own = ann.get(&room.messages()).unbound().await.is(200);
    assert_eq!(own.header("stale"), Some("true"), "{}", own.story());
    let others = bob.get(&room.messages()).after(&sent).await.is(200);
    assert_eq!(others.header("stale"), Some("true"), "{}", others.story());
    for mut model in held {
        sqlx::query("ROLLBACK").execute(&mut model).await.expect("the lock is given back");
    }
    eventually("fresh again", async || {
        let page = ann.get(&room.messages()).unbound().await.is(200);
        page.header("stale").is_none().then(|| assert_eq!(page.list("messages").len(), 2))
    })
    .await;
}

#[tokio::test]
async fn promise_05_own_writes_are_read_by_others_who_send_the_position() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for n in 1..=100 {
        let sent = ann.send(&room, &n.to_string()).await;
        let page = bob.get(&format!("{}&limit=1", room.messages())).after(&sent).await.is(200);
        assert_eq!((&page.list("messages")[0]["id"], page.u64("total_count")), (&sent["id"], n));
    }
}
