//! Coming back to a stream.

use serde_json::json;
use world::{Frame, Person, Room, Shared, Stream, World};

static HOUSE: Shared = Shared::new();

/// Everything with an id up to a version.
async fn up_to(stream: &mut Stream, version: u64) -> Vec<Frame> {
    let seen = stream.collect_until(|frame| frame.event != "connected" && frame.id == Some(version.to_string())).await;
    seen.into_iter().filter(|frame| frame.event != "connected" && frame.id.is_some()).collect()
}

fn versions(frames: &[Frame]) -> Vec<u64> {
    frames.iter().map(Frame::version).collect()
}

async fn busy_room(world: &World) -> (Person, Person, Room, u64) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send_all(&room, (1..=5).map(|n| format!("message {n}"))).await;
    ann.edit(&sent[1], "message 2, edited").await;
    ann.unsend(&sent[2]).await;
    ann.mark(&format!("/api/messages/{}/reactions/👍", sent[3].str("id"))).await.is(204);
    let version = ann.room(&room).await.u64("version");
    (ann, bob, room, version)
}

#[tokio::test]
async fn a_stream_resumes_from_any_age() {
    let world = HOUSE.world().await;
    let (_, bob, room, head) = busy_room(&world).await;
    for last in 0..head {
        let mut stream = bob.follow_after(&room, &last.to_string()).await;
        assert_eq!(stream.expect("connected").await.version(), last);
        assert_eq!(versions(&up_to(&mut stream, head).await), (last + 1..=head).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_query_resumes_too_and_the_header_wins() {
    let world = HOUSE.world().await;
    let (_, bob, room, head) = busy_room(&world).await;
    let path = |id: &str| format!("{}?last_event_id={id}", room.stream());
    let mut stream = bob.listen(&path("2")).await;
    assert_eq!(versions(&up_to(&mut stream, head).await), (3..=head).collect::<Vec<_>>());
    let mut stream = bob.resume(&path("2"), "4").await;
    assert_eq!(versions(&up_to(&mut stream, head).await), (5..=head).collect::<Vec<_>>());
    let mut stream = bob.resume(&path("nonsense"), "4").await;
    assert_eq!(stream.expect("connected").await.version(), 4);
    bob.get(&path("4")).header("Last-Event-ID", "nonsense").await.refused(422);
}

#[tokio::test]
async fn a_replay_shows_content_as_it_is_now_and_never_what_was_deleted() {
    let world = HOUSE.world().await;
    let (_, bob, room, head) = busy_room(&world).await;
    let mut stream = bob.follow_after(&room, "0").await;
    let frames = up_to(&mut stream, head).await;
    let names: Vec<_> = frames.iter().map(|frame| frame.event.as_str()).collect();
    assert_eq!(names[names.len() - 8..][..5], ["new_message"; 5]);
    assert_eq!(names[names.len() - 3..], ["message_edited", "message_deleted", "reaction"]);
    let messages: Vec<_> = frames.iter().filter(|frame| frame.event == "new_message").collect();
    assert_eq!(messages[1].data["content"], "message 2, edited");
    let all = format!("{frames:?}");
    assert!(!all.contains("message 3"), "{all}");
    assert_eq!(messages[2].data["is_deleted"], true);
}

#[tokio::test]
async fn an_id_ahead_of_the_room_is_answered_with_reset() {
    let world = HOUSE.world().await;
    let (ann, bob, room, head) = busy_room(&world).await;
    let mut stream = bob.follow_after(&room, &(head + 1_000).to_string()).await;
    let reset = stream.until("reset").await;
    assert_eq!(reset.version(), head);
    ann.send(&room, "after the reset").await;
    let mut again = bob.follow_after(&room, &head.to_string()).await;
    again.until("new_message").await;
}

#[tokio::test]
async fn a_nonsense_id_is_refused() {
    let world = HOUSE.world().await;
    let (_, bob, room, _) = busy_room(&world).await;
    for id in ["abc", "-1", "1.5", "0x10", "1 2", "99999999999999999999999", "é"] {
        bob.get(&room.stream()).query(&[("last_event_id", id)]).await.refused(422);
    }
    bob.get("/api/messages/stream").query(&[("last_event_id", "nonsense")]).await.refused(422);
}

#[tokio::test]
async fn a_long_absence_is_caught_up_while_others_go_on_writing() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let last = ann.room(&room).await.u64("version");
    let batches = (0..20).map(|n| ann.send_all(&room, (0..30).map(move |m| format!("{n} {m}"))));
    futures::future::join_all(batches).await;
    let writer = ann.send_all(&room, (0..50).map(|n| format!("meanwhile {n}")));
    let mut stream = bob.follow_after(&room, &last.to_string()).await;
    let (_, frames) = tokio::join!(writer, up_to(&mut stream, last + 650));
    assert_eq!(versions(&frames), (last + 1..=last + 650).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_newcomer_resumes_from_before_their_time() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob]).await;
    ann.send(&group, "early").await;
    ann.add(&group, &cid).await;
    let head = ann.room(&group).await.u64("version");
    let mut stream = cid.follow_after(&group, "0").await;
    let frames = up_to(&mut stream, head).await;
    assert_eq!(versions(&frames), (1..=head).collect::<Vec<_>>());
    assert!(frames.iter().any(|frame| frame.data["content"] == "early"));
}

#[tokio::test]
async fn read_marks_are_not_replayed() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let last = ann.room(&room).await.u64("version");
    for n in 0..3 {
        ann.send(&room, &n.to_string()).await;
        bob.read_all(&room).await;
    }
    let mut stream = ann.follow_after(&room, &last.to_string()).await;
    ann.send(&room, "end").await;
    let seen = stream.collect_until(|frame| frame.data["content"] == json!("end")).await;
    let marks = seen.iter().filter(|frame| frame.event == "messages_read" && frame.data["user_id"] == bob.id.as_str());
    assert_eq!(marks.count(), 1, "only where bob is now: {seen:?}");
}
