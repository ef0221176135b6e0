//! What people are told, live.

use super::HOUSE;
use serde_json::{Value, json};
use std::time::Duration;
use world::{Frame, Stream};

const STREAM: &str = "/api/notifications/stream";

fn names(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(|frame| frame.event.as_str()).collect()
}

async fn take(stream: &mut Stream, count: usize) -> Vec<Frame> {
    let mut frames = vec![];
    while frames.len() < count {
        frames.push(stream.next().await.expect("it stays open"));
    }
    frames
}

#[tokio::test]
async fn what_is_told_and_read_is_heard_as_it_happens() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let mut stream = bob.follow_notifications().await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "hello").await;
    let frame = stream.expect("notification").await;
    assert_eq!((&frame.data["type"], &frame.data["message_id"]), (&json!("message"), &sent["id"]));
    assert_eq!((&frame.data["preview"], &frame.data["is_read"]), (&json!("hello"), &json!(false)));
    assert_eq!(frame.data, bob.notified(1).await[0]);
    bob.reads(&frame.data).await;
    let read = stream.expect("read").await;
    assert_eq!(read.data["ids"], json!([frame.data["id"]]));
    assert!(frame.id.is_some() && read.id.is_some() && stream.retry.is_some());
}

#[tokio::test]
async fn each_hears_their_own_only() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let mut others = cid.follow_notifications().await;
    ann.befriend(&bob).await;
    ann.notified(1).await;
    assert_eq!(others.within(Duration::from_millis(300)).await, None);
}

#[tokio::test]
async fn it_resumes_from_any_age_without_loss_or_repetition() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let mut live = bob.follow_notifications().await;
    let begin = live.last_id.clone().expect("connected has an id");
    for n in 0..3 {
        ann.group(&format!("g{n}"), &[&bob]).await;
    }
    let told = bob.notified(3).await;
    bob.reads(&told[2]).await;
    ann.group("g3", &[&bob]).await;
    bob.notified(4).await;
    bob.act("/api/notifications/read-all").await.is(200);
    let heard = take(&mut live, 6).await;
    assert_eq!(names(&heard), ["notification", "notification", "notification", "read", "notification", "read"]);
    let ids: Vec<_> = std::iter::once(begin).chain(heard.iter().filter_map(|frame| frame.id.clone())).collect();
    for (seen, id) in ids.iter().enumerate() {
        let mut stream = bob.resume(STREAM, id).await;
        stream.expect("connected").await;
        let again = take(&mut stream, heard.len() - seen).await;
        let plain = |frames: &[Frame]| -> Vec<(Option<String>, Value)> {
            frames.iter().map(|frame| (frame.id.clone(), of(frame))).collect()
        };
        assert_eq!(plain(&again), plain(&heard[seen..]), "after {id}");
    }
}

/// What a frame is about: a notification says by itself whether it is read by now.
fn of(frame: &Frame) -> Value {
    match frame.event.as_str() {
        "read" => frame.data["ids"].clone(),
        _ => frame.data["id"].clone(),
    }
}

#[tokio::test]
async fn an_id_that_is_ahead_is_answered_with_reset_and_nonsense_is_refused() {
    let world = HOUSE.world().await;
    let [ann] = world.people(["ann"]).await;
    let mut stream = ann.resume(STREAM, "999999").await;
    assert_eq!(stream.expect("reset").await.id.as_deref(), Some("0"));
    assert_eq!(stream.next().await, None);
    for nonsense in ["x", "-1", "1.5"] {
        ann.get(STREAM).header("Last-Event-ID", nonsense).await.refused(422);
    }
    ann.without_token().get(STREAM).await.refused(401);
}

#[tokio::test]
async fn a_logout_closes_it() {
    let world = HOUSE.world().await;
    let [ann] = world.people(["ann"]).await;
    let mut stream = ann.follow_notifications().await;
    ann.act("/api/auth/logout").await.is(200);
    let closed = stream.expect("closed").await;
    assert_eq!((closed.data["reason"].as_str(), closed.id), (Some("logged_out"), None));
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn what_changes_nothing_that_is_seen_leaves_no_hole() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = bob.follow_notifications().await;
    bob.mute(&room).await;
    bob.unmute(&room).await;
    ann.send(&room, "hello").await;
    stream.expect("notification").await;
}
