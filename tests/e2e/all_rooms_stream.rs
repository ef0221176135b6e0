//! All rooms of a user in one stream.

use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;
use world::{Frame, Person, Room, Shared, Stream};

static HOUSE: Shared = Shared::new();
/// Pings come every 15 s, and wake every stream.
const BEFORE_A_PING: Duration = Duration::from_secs(8);
const ALL: &str = "/api/messages/stream";

async fn listening(who: &Person) -> Stream {
    let mut stream = who.listen(ALL).await;
    stream.expect("connected").await;
    stream
}

fn content(frame: &Frame) -> &str {
    frame.data["content"].as_str().unwrap_or_default()
}

fn of_room<'a>(frames: &'a [Frame], room: &Room) -> Vec<&'a str> {
    frames.iter().filter(|frame| frame.data["room_id"] == room.id.as_str()).map(content).collect()
}

#[tokio::test]
async fn all_rooms_are_heard_in_order_each() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (one, two) = (ann.direct(&bob).await, ann.group("g", &[&bob, &cid]).await);
    let mut stream = listening(&bob).await;
    let texts = || (0..20).map(|n| n.to_string());
    tokio::join!(ann.send_all(&one, texts()), cid.send_all(&two, texts()));
    let mut seen = Vec::new();
    while seen.len() < 40 {
        seen.push(stream.until("new_message").await);
    }
    let expected: Vec<_> = texts().collect();
    assert_eq!(of_room(&seen, &one), expected);
    assert_eq!(of_room(&seen, &two), expected);
    assert!(seen.iter().all(|frame| frame.id.is_some()));
}

#[tokio::test]
async fn a_room_that_opens_later_is_heard_too() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let mut stream = listening(&bob).await;
    let room = ann.group("new", &[&bob]).await;
    let opened = stream.until("room_changed").await;
    assert_eq!(opened.data["id"], room.id);
    ann.send(&room, "welcome").await;
    assert_eq!(content(&stream.until("new_message").await), "welcome");
}

#[tokio::test]
async fn a_group_that_one_is_added_to_is_heard_from_then_on() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&cid]).await;
    let mut stream = listening(&bob).await;
    ann.send(&group, "without bob").await;
    ann.add(&group, &bob).await;
    ann.send(&group, "with bob").await;
    let seen = stream.collect_until(|frame| content(frame) == "with bob").await;
    assert!(seen.iter().any(|frame| frame.event == "member_joined" && frame.data["user_id"] == bob.id.as_str()));
    assert!(seen.iter().all(|frame| content(frame) != "without bob"), "{seen:?}");
}

#[tokio::test]
async fn it_resumes_across_rooms_without_loss_or_repetition() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (one, two) = (ann.direct(&bob).await, cid.direct(&bob).await);
    let mut last = listening(&bob).await.last_id.expect("connected has an id");
    let mut seen: Vec<Frame> = Vec::new();
    for round in 0..4 {
        for n in 0..5 {
            ann.send(&one, &format!("one {round} {n}")).await;
            cid.send(&two, &format!("two {round} {n}")).await;
        }
        let mut stream = bob.resume(ALL, &last).await;
        // Not all of it: the rest is for the next time.
        for _ in 0..7 {
            seen.push(stream.until("new_message").await);
        }
        last = stream.last_id.clone().expect("an id");
    }
    let mut stream = bob.resume(ALL, &last).await;
    while seen.len() < 40 {
        seen.push(stream.until("new_message").await);
    }
    for (room, name) in [(&one, "one"), (&two, "two")] {
        let expected: Vec<_> = (0..4).flat_map(|r| (0..5).map(move |n| format!("{name} {r} {n}"))).collect();
        assert_eq!(of_room(&seen, room), expected);
    }
}

#[tokio::test]
async fn leaving_a_room_does_not_end_the_stream() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (group, room) = (ann.group("g", &[&bob]).await, ann.direct(&bob).await);
    let mut stream = listening(&bob).await;
    ann.remove(&group, &bob).await;
    ann.send(&group, "not for bob").await;
    ann.send(&room, "for bob").await;
    let seen = stream.collect_until(|frame| content(frame) == "for bob").await;
    assert!(seen.iter().all(|frame| content(frame) != "not for bob"), "{seen:?}");
    let left = seen.iter().filter(|frame| frame.event == "member_left").count();
    assert!(left <= 1, "{seen:?}");
}

#[tokio::test]
async fn somebody_without_rooms_has_a_quiet_stream() {
    let world = HOUSE.world().await;
    let [ann, bob, eve] = world.people(["ann", "bob", "eve"]).await;
    let mut stream = listening(&eve).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "not for eve").await;
    assert_eq!(stream.within(Duration::from_millis(200)).await, None);
    let own = eve.direct(&ann).await;
    eve.send(&own, "hello").await;
    assert_eq!(content(&stream.until("new_message").await), "hello");
    let data: Value = stream.last_id.clone().into();
    assert!(data.is_string());
}

#[tokio::test]
async fn one_who_is_removed_in_the_middle_of_talk_hears_of_it_at_once() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    let mut stream = listening(&cid).await;
    let talking = async {
        loop {
            bob.send(&group, "talk").await;
        }
    };
    let removing = async {
        for _ in 0..20 {
            stream.expect("new_message").await;
        }
        ann.remove(&group, &cid).await;
        let leaving = stream.collect_until(|frame| frame.event == "member_left");
        let heard = timeout(BEFORE_A_PING, leaving).await.expect("it is told at once");
        assert_eq!(heard.last().expect("it").data["user_id"], cid.id.as_str());
    };
    tokio::select! {
        () = talking => {}
        () = removing => {}
    }
}
