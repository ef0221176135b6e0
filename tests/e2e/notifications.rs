//! What people are told by themselves.

pub(super) mod broken_off;
mod deletions;
mod edits;
mod pruning;
mod rooms;
mod stream;

use serde_json::json;
use world::Shared;

static HOUSE: Shared = Shared::new();

#[tokio::test]
async fn who_is_asked_for_friendship_is_told_and_so_is_who_is_accepted() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let body = json!({ "to_user_id": bob.id, "message": "it is Ann" });
    let asked = ann.post("/api/friends/request", body).await.is(201);
    let told = bob.notified(1).await.remove(0);
    assert_eq!(told["type"], "friend_request");
    assert_eq!(told["actor_id"], ann.id);
    assert_eq!(told["friendship_id"], asked["request_id"]);
    assert_eq!(told["preview"], "it is Ann");
    assert_eq!((&told["is_read"], &told["room_id"], &told["message_id"]), (&json!(false), &json!(null), &json!(null)));

    bob.act(&format!("/api/friends/{}/accept", asked.str("request_id"))).await.is(200);
    let told = ann.notified(1).await.remove(0);
    assert_eq!((told["type"].as_str(), told["actor_id"].as_str()), (Some("friend_accepted"), Some(bob.id.as_str())));
    assert_eq!(bob.notified(1).await.len(), 1, "one's own doing is not told to oneself");
}

#[tokio::test]
async fn a_request_that_is_answered_or_taken_back_is_not_unread() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let ask = json!({ "to_user_id": bob.id, "message": "it is Ann" });
    for (count, how) in (1..).zip(["cancel", "reject", "accept"]) {
        let asked = ann.post("/api/friends/request", ask.clone()).await.is(201);
        bob.notified(count).await;
        assert_eq!(bob.unread_notifications().await, 1);
        let who = if how == "cancel" { &ann } else { &bob };
        who.act(&format!("/api/friends/{}/{how}", asked.str("request_id"))).await.is(200);
        bob.has_unread(0).await;
        let shown = &bob.notified(count).await[0]["preview"];
        assert_eq!(shown.as_str(), (how != "cancel").then_some("it is Ann"), "{how}");
    }
}

#[tokio::test]
async fn a_block_ends_what_was_asked() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    for asker in [&ann, &cid] {
        asker.post("/api/friends/request", json!({ "to_user_id": bob.id })).await.is(201);
    }
    bob.has_unread(2).await;
    bob.block(&ann).await;
    bob.has_unread(1).await;
}

#[tokio::test]
async fn who_asks_again_after_a_refusal_is_told_of_again() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    for round in 1..=2 {
        let asked = ann.post("/api/friends/request", json!({ "to_user_id": bob.id })).await.is(201);
        assert_eq!(bob.told(round).await, vec!["friend_request"; round]);
        bob.act(&format!("/api/friends/{}/reject", asked.str("request_id"))).await.is(200);
    }
}

#[tokio::test]
async fn one_is_read_and_then_all() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    for asker in [&ann, &bob, &cid] {
        asker.post("/api/friends/request", json!({ "to_user_id": dan.id })).await.is(201);
    }
    let told = dan.notified(3).await;
    assert_eq!(dan.unread_notifications().await, 3);

    let read = dan.reads(&told[1]).await;
    assert_eq!((&read["id"], &read["is_read"]), (&told[1]["id"], &json!(true)));
    read.position();
    let list = dan.get("/api/notifications").await.is(200);
    assert_eq!(list.u64("unread_count"), 2);
    assert_eq!(list.list("notifications")[1]["is_read"], true);
    let unread = dan.get("/api/notifications?unread=true").await.is(200);
    let ids: Vec<_> = unread.list("notifications").iter().map(|told| &told["id"]).collect();
    assert_eq!(ids, [&told[0]["id"], &told[2]["id"]]);

    assert_eq!(dan.act("/api/notifications/read-all").await.is(200).u64("read_count"), 2);
    assert_eq!(dan.unread_notifications().await, 0);
    assert_eq!(dan.act("/api/notifications/read-all").await.is(200).u64("read_count"), 0);
    assert_eq!(dan.reads(&told[0]).await["is_read"], true, "reading again changes nothing");
}

#[tokio::test]
async fn a_key_reads_once() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.post("/api/friends/request", json!({ "to_user_id": bob.id })).await.is(201);
    bob.notified(1).await;
    for _ in 0..2 {
        let read = bob.act("/api/notifications/read-all").with_key("once").await.is(200);
        assert_eq!(read.u64("read_count"), 1);
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    for n in 0..5 {
        ann.group(&format!("g{n}"), &[&bob]).await;
    }
    let all: Vec<_> = bob.notified(5).await.iter().map(|told| told["id"].clone()).collect();
    let (mut seen, mut next) = (vec![], "/api/notifications?limit=2".to_owned());
    loop {
        let page = bob.get(&next).await.is(200);
        seen.extend(page.list("notifications").iter().map(|told| told["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("/api/notifications?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn what_is_not_ones_own_is_not_there() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.post("/api/friends/request", json!({ "to_user_id": bob.id })).await.is(201);
    let told = bob.notified(1).await.remove(0);
    let path = format!("/api/notifications/{}/read", told["id"].as_str().expect("an id"));
    assert_eq!(ann.act(&path).await.refused(404).code(), "NOTIFICATION_NOT_FOUND");
    for nonsense in ["x", "00000000-0000-0000-0000-000000000000"] {
        ann.act(&format!("/api/notifications/{nonsense}/read")).await.refused(404);
    }
    ann.without_token().get("/api/notifications").await.refused(401);
    for bad in ["limit=0", "limit=101", "cursor=x", "unread=perhaps"] {
        ann.get(&format!("/api/notifications?{bad}")).await.refused(422);
    }
}
