//! Promise 10: out means out.

use super::storm::{Storm, Weather};
use serde_json::{Value, json};
use std::time::Duration;
use world::{Frame, PASSWORD, Person, Room, Shared, Stream, World};

static HOUSE: Shared = Shared::new();
const BOUND: Duration = Duration::from_secs(1);

fn last(frames: &[Frame]) -> &str {
    frames.last().map_or("", |frame| &frame.event)
}

/// Ann, bob who will be out, a group of them, and bob's streams of it.
async fn a_group(world: &World) -> (Person, Person, Room, Stream, Stream) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    let one = bob.follow_from_now(&group).await;
    let mut all = bob.listen("/api/messages/stream").await;
    all.expect("connected").await;
    (ann, bob, group, one, all)
}

#[tokio::test]
async fn promise_10_out_means_out_for_a_removed_member_in_the_middle_of_a_storm() {
    let world = HOUSE.world().await;
    for _ in 0..4 {
        let (ann, bob, group, mut one, mut all) = a_group(&world).await;
        let mut witness = ann.follow_from_now(&group).await;
        let storm = Storm::brew("storm", Weather::Changing, &[&ann], &[&group, &group, &group, &group]);
        storm.acknowledged(30).await;
        ann.reconnected().remove(&group, &bob).await;
        storm.acknowledged(30).await;
        storm.settle().await;

        let removal = witness.until("member_left").await.version();
        let heard = one.rest().await;
        assert_eq!(last(&heard), "closed");
        assert!(heard.iter().all(|frame| frame.id.is_none() || frame.version() <= removal), "{heard:?}");
        let own = bob.group("own", &[&ann]).await;
        bob.send(&own, "the marker").await;
        let heard = all.collect_until(|frame| frame.data["content"] == "the marker").await;
        let group = json!(group.id);
        let about: Vec<_> =
            heard.iter().filter(|frame| [&frame.data["room_id"], &frame.data["id"]].contains(&&group)).collect();
        let leaving =
            about.iter().position(|frame| frame.event == "member_left" && frame.data["user_id"] == bob.id.as_str());
        assert!(leaving.is_some_and(|at| at + 1 == about.len()), "{about:?}");
        let versions = about.iter().filter_map(|frame| frame.data["version"].as_u64());
        assert!(versions.max() <= Some(removal), "{about:?}");
    }
}

#[tokio::test]
async fn promise_10_out_means_out_when_resuming_and_reading() {
    let world = HOUSE.world().await;
    let (ann, bob, group, mut one, _) = a_group(&world).await;
    ann.send(&group, "before").await;
    let id = one.until("new_message").await.id.expect("an id");
    ann.remove(&group, &bob).await;
    ann.send(&group, "after").await;
    bob.get(&group.stream()).header("Last-Event-ID", &id).await.refused(403);
    bob.get(&group.messages()).await.refused(403);
    let rest = one.rest_within(BOUND).await;
    assert_eq!(last(&rest), "closed");
    assert!(!format!("{rest:?}").contains("after"));
}

#[tokio::test]
async fn promise_10_out_means_out_for_a_blocked_one() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = bob.follow_from_now(&room).await;
    ann.block(&bob).await;
    assert_eq!(last(&stream.rest_within(BOUND).await), "closed");
    bob.sending(&room, "x").await.refused(403);
}

#[tokio::test]
async fn promise_10_out_means_out_within_a_second_of_a_logout() {
    let world = HOUSE.world().await;
    let (ann, bob, group, mut one, mut all) = a_group(&world).await;
    bob.act("/api/auth/logout").await.is(200);
    let (one, all) = tokio::join!(one.rest_within(BOUND), all.rest_within(BOUND));
    assert_eq!((last(&one), last(&all)), ("closed", "closed"));
    ann.send(&group, "after").await;
    for path in ["/api/profile", "/api/messages/stream", &group.stream()] {
        bob.get(path).await.refused(401);
    }
    bob.sending(&group, "x").await.refused(401);
}

#[tokio::test]
async fn promise_10_out_means_out_within_a_second_of_a_new_password_or_an_ended_session() {
    let world = HOUSE.world().await;
    let (_, bob, group, mut one, _) = a_group(&world).await;
    let (second, third) = (bob.elsewhere().await, bob.elsewhere().await);
    let mut there = third.follow_from_now(&group).await;
    let sessions = third.get("/api/auth/sessions").await.is(200);
    let current = sessions.list("sessions").iter().find(|session| session["is_current"] == true).expect("this one");
    second.delete(&format!("/api/auth/sessions/{}", current["id"].as_str().expect("an id"))).await.is(204);
    assert_eq!(last(&there.rest_within(BOUND).await), "closed");
    let change = json!({ "current_password": PASSWORD, "new_password": "another-Secret8word?" });
    second.put("/api/auth/password", change).await.is(204);
    assert_eq!(last(&one.rest_within(BOUND).await), "closed");
    bob.get("/api/profile").await.refused(401);
}

#[tokio::test]
async fn promise_10_out_means_out_after_a_restart_too() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    ann.remove(&group, &bob).await;
    ann.act("/api/auth/logout").await.is(200);
    world.kill();
    world.restart().await;
    let (ann, bob) = (ann.reconnected(), bob.reconnected());
    ann.get("/api/profile").await.refused(401);
    bob.get(&group.stream()).await.refused(403);
    bob.sending(&group, "x").await.refused(403);
    let refresh = json!({ "refresh_token": ann.refresh });
    world.anyone().post("/api/auth/refresh", refresh).await.refused(401);
}

#[tokio::test]
async fn promise_10_out_means_out_of_the_reply_to_a_command_that_is_repeated() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    ann.put(&group.path(&format!("/members/{}/role", bob.id)), json!({ "role": "admin" })).await.is(200);
    let renamed = || bob.patch(&group.path(""), json!({ "name": "h" })).with_key("rename");
    ann.send(&group, "before").await;
    assert_eq!(renamed().await.is(200)["last_message"]["content"], "before");
    ann.remove(&group, &bob).await;
    ann.send(&group, "after").await;
    let again = renamed().await.is(200);
    assert_eq!((&again["name"], &again["last_message"]), (&json!("h"), &Value::Null));
}
