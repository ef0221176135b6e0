//! How streams end.

use serde_json::json;
use std::time::Duration;
use world::{Frame, Shared, World};

static HOUSE: Shared = Shared::new();
const SOON: Duration = Duration::from_secs(2);

fn names(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(|frame| frame.event.as_str()).filter(|name| *name != "messages_read").collect()
}

#[tokio::test]
async fn one_who_is_removed_hears_of_it_and_then_nothing() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    let mut stream = bob.follow_from_now(&group).await;
    ann.remove(&group, &bob).await;
    ann.send(&group, "he is gone").await;
    let last = stream.rest_within(SOON).await;
    assert!(["member_left closed", "closed"].contains(&names(&last).join(" ").as_str()), "{last:?}");
    let closed = last.last().expect("closed");
    assert_eq!(closed.id, None);
    assert!(closed.data["reason"].is_string());
}

#[tokio::test]
async fn one_who_leaves_is_let_go() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    let mut stream = bob.follow_from_now(&group).await;
    let mut others = ann.follow_from_now(&group).await;
    bob.act(&group.path("/leave")).await.is(200);
    assert_eq!(names(&stream.rest_within(SOON).await).last(), Some(&"closed"));
    others.expect("member_left").await;
}

#[tokio::test]
async fn a_closed_room_closes_its_streams() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    bob.act(&group.path("/leave")).await.is(200);
    let mut stream = ann.follow_from_now(&group).await;
    ann.act(&group.path("/leave")).await.is(200);
    assert_eq!(names(&stream.rest_within(SOON).await).last(), Some(&"closed"));
}

#[tokio::test]
async fn a_logout_closes_the_streams_of_that_session_only() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let other = bob.elsewhere().await;
    let mut here = bob.follow_from_now(&room).await;
    let mut all = bob.listen("/api/messages/stream").await;
    all.expect("connected").await;
    let mut there = other.follow_from_now(&room).await;
    bob.act("/api/auth/logout").await.is(200);
    for stream in [&mut here, &mut all] {
        assert_eq!(names(&stream.rest_within(SOON).await).last(), Some(&"closed"));
    }
    ann.send(&room, "still there?").await;
    there.until("new_message").await;
}

#[tokio::test]
async fn a_reused_refresh_token_ends_the_sessions_streams() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = ann.follow_from_now(&room).await;
    let refresh = |token: &str| ann.without_token().post("/api/auth/refresh", json!({ "refresh_token": token }));
    let second = refresh(&ann.refresh).await.is(200);
    refresh(second.str("refresh_token")).await.is(200);
    // Refreshing does not disturb a stream: it belongs to the session, not to its token.
    bob.send(&room, "still there?").await;
    stream.until("new_message").await;
    refresh(&ann.refresh).await.refused(401);
    assert_eq!(names(&stream.rest_within(SOON).await).last(), Some(&"closed"));
}

#[tokio::test]
async fn a_server_that_shuts_down_ends_streams_without_closed_and_they_resume() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = bob.follow_from_now(&room).await;
    ann.send(&room, "before").await;
    stream.until("new_message").await;

    assert_eq!(world.stop().await, 0, "{}", world.log());
    let last = stream.rest().await;
    assert!(!names(&last).contains(&"closed"), "{last:?}");
    world.restart().await;

    ann.reconnected().send(&room, "after").await;
    let id = stream.last_id.clone().expect("an id");
    let mut again = bob.reconnected().follow_after(&room, &id).await;
    assert_eq!(again.until("new_message").await.data["content"], "after");
}

#[tokio::test]
async fn a_shutdown_finishes_what_it_acknowledges() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let senders = (0..8).map(|s| {
        let (ann, room) = (ann.reconnected(), room.clone());
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for n in 0.. {
                match ann.sending(&room, &format!("{s} {n}")).attempt().await {
                    Ok(reply) if reply.status == 201 => acknowledged.push(reply.str("id").to_owned()),
                    _ => break,
                }
            }
            acknowledged
        })
    });
    let senders: Vec<_> = senders.collect();
    bob.follow_after(&room, "0").await.until("new_message").await;
    assert_eq!(world.stop().await, 0);
    world.restart().await;
    let bob = bob.reconnected();
    let kept: Vec<_> = bob.history(&room).await.iter().map(|message| message["id"].clone()).collect();
    for sender in senders {
        for id in sender.await.expect("a sender") {
            assert!(kept.contains(&json!(id)), "{id} was acknowledged and is gone");
        }
    }
}
