//! Promise 8, where a rule looks at two aggregates: nothing that a block forbids stands after it in the log.

use super::ledger;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use world::{Person, Room, World};

/// The position of the newest event of a type; in one stream, if wanted.
async fn newest(world: &World, event_type: &str, stream: Option<&str>) -> i64 {
    let is_it =
        |event: &ledger::Stored| event.event_type == event_type && stream.is_none_or(|stream| event.id == stream);
    ledger::events(world).await.iter().filter(|event| is_it(event)).map(|event| event.position).max().unwrap_or(0)
}

async fn send_until_refused(who: Person, room: Room, has_begun: Arc<Notify>) -> u16 {
    loop {
        let status = who.sending(&room, "again").await.status;
        if status != 201 {
            return status;
        }
        has_begun.notify_one();
    }
}

#[tokio::test]
async fn promise_08_races_of_sends_with_a_block_leave_nothing_after_it() {
    let world = World::start().await;
    for round in 0..12 {
        let [ann, bob] = world.people(["ann", "bob"]).await;
        let room = ann.direct(&bob).await;
        let has_begun = Arc::new(Notify::new());
        let sender = |_| tokio::spawn(send_until_refused(bob.reconnected(), room.clone(), has_begun.clone()));
        let senders: Vec<_> = (0..12).map(sender).collect();
        has_begun.notified().await;
        tokio::time::sleep(Duration::from_millis(round)).await;
        ann.block(&bob).await;
        for sender in senders {
            assert_eq!(sender.await.expect("a sender"), 403);
        }
        let (sent, blocked) = (newest(&world, "MessageSent", Some(&room.id)), newest(&world, "UserBlocked", None));
        let (sent, blocked) = tokio::join!(sent, blocked);
        assert!(0 < sent && sent < blocked, "sent at {sent}, blocked at {blocked}");
    }
}

#[tokio::test]
async fn promise_08_races_of_invitations_with_a_block_bring_nobody_in_after_it() {
    let world = World::start().await;
    for _ in 0..10 {
        let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
        let mut groups = Vec::new();
        for _ in 0..8 {
            groups.push(ann.group("g", &[&cid]).await);
        }
        let adding = groups.iter().map(|group| {
            let body = json!({ "user_ids": [bob.id] });
            tokio::spawn(ann.reconnected().post(&group.path("/members"), body).into_future())
        });
        let opening = tokio::spawn(ann.reconnected().get(&format!("/api/chat-rooms/check/{}", bob.id)).into_future());
        let adding: Vec<_> = adding.collect();
        bob.reconnected().block(&ann).await;
        opening.await.expect("not cancelled");
        for add in adding {
            let reply = add.await.expect("not cancelled");
            assert!([200, 403, 404].contains(&reply.status), "{}", reply.story());
        }
        let blocked = newest(&world, "UserBlocked", None).await;
        let joined = newest(&world, "MemberJoined", None).await;
        let opened = newest(&world, "RoomOpened", None).await;
        assert!(joined < blocked && opened < blocked, "joined {joined}, opened {opened}, blocked {blocked}");
    }
}
