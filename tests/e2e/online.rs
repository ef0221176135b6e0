//! Who is there.

mod processes;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use world::{Person, Shared, Stream, World};

static HOUSE: Shared = Shared::new();

const STREAM: &str = "/api/online-status/stream";
/// A short life, for those who wait for its end.
const LIFE: Duration = Duration::from_secs(2);
/// What is told is told after this long, on a busy machine too.
const SOON: Duration = Duration::from_secs(2);

fn short() -> world::Options {
    World::options().setting("CHAT_OFFLINE_AFTER", "2s")
}

async fn beat(person: &Person) {
    let reply = person.act("/api/online-status/heartbeat").await.is(204);
    assert!(reply.header("Event-Position").is_none(), "it is no command");
}

/// How `of` stands, as `to` sees it.
async fn status(to: &Person, of: &Person) -> Value {
    let status = to.get(&format!("/api/online-status/user/{}", of.id)).await.is(200);
    assert_eq!(status["user_id"], of.id.as_str());
    status.body.clone()
}

async fn is_online(to: &Person, of: &Person) -> bool {
    status(to, of).await["is_online"].as_bool().expect("yes or no")
}

async fn becomes(to: &Person, of: &Person, awaited: bool) {
    world::eventually("somebody comes or goes", async || (is_online(to, of).await == awaited).then_some(())).await;
}

/// Follows one's friends, and has heard `connected`.
async fn follow(person: &Person) -> Stream {
    let mut stream = person.listen(STREAM).await;
    let connected = stream.expect("connected").await;
    assert_eq!((connected.id, stream.headers["content-type"].to_str().ok()), (None, Some("text/event-stream")));
    stream
}

/// Waits for a friend's coming or going.
async fn hears(stream: &mut Stream, of: &Person, awaited: bool) {
    let frame = stream.expect("status").await;
    assert_eq!((&frame.id, &frame.data["user_id"]), (&None, &json!(of.id)), "{frame:?}");
    assert_eq!(frame.data["is_online"], awaited, "{frame:?}");
}

/// Everywhere where `to` sees `of`: whether they look online, and when they were seen.
async fn views(to: &Person, of: &Person) -> Vec<Value> {
    let id = &of.id;
    let single = to.get(&format!("/api/users/{id}")).await.is(200).body;
    let listed = to.get(&format!("/api/users?user_ids={id}")).await.is(200).bare_list()[0].clone();
    let batch = to.post("/api/users/batch", json!({ "user_ids": [id] })).await.is(200).bare_list()[0].clone();
    vec![status(to, of).await, single, listed, batch]
}

fn all_say(views: &[Value], is_online: bool, was_seen: bool) {
    for view in views {
        assert_eq!((&view["is_online"], view["last_seen_at"].is_string()), (&json!(is_online), was_seen), "{view}");
    }
}

#[tokio::test]
async fn a_heartbeat_makes_one_online_in_every_view() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    all_say(&views(&ann, &bob).await, false, false);
    beat(&bob).await;
    all_say(&views(&ann, &bob).await, true, true);

    let friends = ann.get("/api/friends").await.is(200).list("friends")[0].clone();
    let found = ann.get(&format!("/api/users/search?q={}", bob.username)).await.is(200).list("users")[0].clone();
    let online = ann.get("/api/online-status/friends").await.is(200).list("friends")[0].clone();
    let profile = bob.get("/api/profile").await.is(200).body;
    let changed = bob.patch("/api/profile", json!({ "status_message": "here" })).await.is(200).body;
    let shown = super::images::portrait(&bob).await.is(200).body;
    let export = bob.get("/api/profile/export").await.is(200).text;
    let exported: Value = serde_json::from_str(export.lines().nth(1).expect("a profile")).expect("JSON");
    all_say(&[friends, found, online, profile, changed, shown, exported["profile"].clone()], true, true);
    assert!(!is_online(&bob, &ann).await, "reading is no sign of life");
}

#[tokio::test]
async fn somebody_who_asks_to_be_a_friend_is_seen_and_so_is_who_is_asked() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.post("/api/friends/request", json!({ "to_user_id": bob.id })).await.is(201);
    beat(&ann).await;
    let received = bob.get("/api/friends/requests").await.is(200).list("received_requests")[0]["user"].clone();
    let sent = ann.get("/api/friends/requests").await.is(200).list("sent_requests")[0]["user"].clone();
    all_say(&[received], true, true);
    all_say(&[sent], false, false);
}

#[tokio::test]
async fn one_is_online_as_long_as_one_device_is_and_a_logout_takes_its_device_along() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let desk = bob.elsewhere().await;
    beat(&bob).await;
    beat(&desk).await;
    bob.act("/api/auth/logout").await.is(200);
    assert!(is_online(&ann, &bob).await, "the other device is there");
    desk.act("/api/auth/logout").await.is(200);
    assert!(!is_online(&ann, &bob).await);
    all_say(&views(&ann, &bob).await, false, true);
}

#[tokio::test]
async fn a_new_password_takes_all_other_devices_along() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let desk = bob.elsewhere().await;
    beat(&desk).await;
    let change = json!({ "current_password": world::PASSWORD, "new_password": "another-Horse7battery!" });
    bob.put("/api/auth/password", change).await.is(204);
    assert!(!is_online(&ann, &bob).await);
}

#[tokio::test]
async fn a_device_with_an_open_stream_is_there_and_gone_when_it_logs_out() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut live = bob.follow_from_now(&room).await;
    becomes(&ann, &bob, true).await;
    bob.act("/api/auth/logout").await.is(200);
    live.rest_within(SOON).await;
    becomes(&ann, &bob, false).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!is_online(&ann, &bob).await, "no sign comes after it");
}

#[tokio::test]
async fn whoever_follows_hears_who_of_their_friends_comes_and_goes() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    ann.befriend(&bob).await;
    let mut live = follow(&ann).await;
    beat(&cid).await;
    beat(&bob).await;
    hears(&mut live, &bob, true).await;
    beat(&bob).await;
    bob.elsewhere().await.act("/api/auth/logout").await.is(200);
    assert_eq!(live.within(SOON).await, None, "nothing has changed");
    bob.act("/api/auth/logout").await.is(200);
    hears(&mut live, &bob, false).await;
}

#[tokio::test]
async fn who_is_there_already_is_told_at_first_and_a_new_friend_when_they_are_one() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    ann.befriend(&bob).await;
    beat(&bob).await;
    beat(&cid).await;
    let mut live = follow(&ann).await;
    hears(&mut live, &bob, true).await;
    cid.befriend(&ann).await;
    hears(&mut live, &cid, true).await;
    ann.delete(&format!("/api/friends/{}", bob.id)).await.is(204);
    hears(&mut live, &bob, false).await;
}

#[tokio::test]
async fn across_a_block_both_look_like_somebody_who_went_when_it_began() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    beat(&ann).await;
    beat(&bob).await;
    let mut live = follow(&ann).await;
    hears(&mut live, &bob, true).await;
    bob.block(&ann).await;
    hears(&mut live, &bob, false).await;
    for (to, of) in [(&ann, &bob), (&bob, &ann)] {
        all_say(&views(to, of).await, false, true);
        assert!(is_online(of, of).await, "but not to oneself");
    }
    let blocked = bob.get("/api/friends/blocks").await.is(200).list("blocks")[0].clone();
    all_say(&[blocked], false, true);
    beat(&bob).await;
    beat(&ann).await;
    assert_eq!(live.within(SOON).await, None);
    for (to, of) in [(&ann, &bob), (&bob, &ann)] {
        let (before, own) = (views(to, of).await, status(of, of).await["last_seen_at"].clone());
        assert!(before.iter().all(|view| view["last_seen_at"].as_str() < own.as_str()), "{before:?} {own}");
        beat(of).await;
        assert_eq!(views(to, of).await, before, "nothing of it moves on");
    }
    bob.delete(&format!("/api/friends/blocks/{}", ann.id)).await.is(204);
    all_say(&views(&ann, &bob).await, true, true);
}

#[tokio::test]
async fn friends_come_in_pages_and_nobody_else_is_among_them() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    ann.befriend(&bob).await;
    ann.befriend(&cid).await;
    beat(&cid).await;
    beat(&dan).await;
    let first = ann.get("/api/online-status/friends?limit=1").await.is(200);
    let next = format!("/api/online-status/friends?limit=1&cursor={}", first.str("next_cursor"));
    let second = ann.get(&next).await.is(200);
    assert_eq!(second["next_cursor"], Value::Null);
    let mut all: Vec<_> = [first, second].iter().flat_map(|page| page.list("friends").to_vec()).collect();
    all.sort_by_key(|friend| friend["is_online"].as_bool());
    let stand: Vec<_> = all.iter().map(|friend| (&friend["user_id"], &friend["is_online"])).collect();
    assert_eq!(stand, [(&json!(bob.id), &json!(false)), (&json!(cid.id), &json!(true))]);
}

#[tokio::test]
async fn of_nobody_nothing_is_said() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    for id in ["nobody", "018f0000-0000-7000-8000-000000000000"] {
        ann.get(&format!("/api/online-status/user/{id}")).await.refused(404);
    }
    ann.get("/api/online-status/friends?cursor=nonsense").await.refused(422);
    ann.get("/api/online-status/friends?limit=0").await.refused(422);
    ann.get("/api/online-status/heartbeat").await.refused(405);
    for nonsense in ["x", "-1", "1.5"] {
        ann.get(STREAM).header("Last-Event-ID", nonsense).await.refused(422);
        ann.get(&format!("{STREAM}?last_event_id={nonsense}")).await.refused(422);
    }
    // Whatever another stream gave: they are told anew.
    ann.resume(STREAM, "7").await.expect("connected").await;
}

#[tokio::test]
async fn a_device_that_falls_silent_is_gone_after_its_time_and_one_with_a_stream_is_not() {
    let world = short().start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    ann.befriend(&bob).await;
    ann.befriend(&cid).await;
    let mut live = follow(&ann).await;
    let room = cid.direct(&ann).await;
    let open = cid.follow_from_now(&room).await;
    hears(&mut live, &cid, true).await;
    beat(&bob).await;
    let begun = Instant::now();
    hears(&mut live, &bob, true).await;
    hears(&mut live, &bob, false).await;
    let took = begun.elapsed();
    assert!(took >= LIFE - Duration::from_millis(100) && took < LIFE + SOON, "{took:?}");
    all_say(&views(&ann, &bob).await, false, true);
    assert_eq!(live.within(2 * LIFE).await, None, "cid's stream is open");
    all_say(&views(&ann, &cid).await, true, true);
    drop(open);
    hears(&mut live, &cid, false).await;
}

#[tokio::test]
async fn who_was_there_when_the_server_was_killed_is_gone_after_their_time() {
    let world = short().start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    beat(&bob).await;
    world.restart().await;
    let ann = ann.reconnected();
    becomes(&ann, &bob, false).await;
    beat(&bob.reconnected()).await;
    assert!(is_online(&ann, &bob).await);
}

#[tokio::test]
async fn nothing_of_it_is_in_the_log() {
    let world = short().start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let before = said(&world).await;
    let mut live = follow(&ann).await;
    beat(&bob).await;
    hears(&mut live, &bob, true).await;
    hears(&mut live, &bob, false).await;
    assert_eq!(said(&world).await, before);
}

/// The number of events; but those of inboxes, which come when they come.
async fn said(world: &World) -> usize {
    world::events(world).await.iter().filter(|event| event.kind != "Inbox").count()
}
