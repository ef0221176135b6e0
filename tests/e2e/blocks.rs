//! Not wanting to hear from somebody.

use serde_json::json;
use std::time::Duration;
use world::Shared;

static HOUSE: Shared = Shared::new();

#[tokio::test]
async fn a_block_ends_friendship_and_requests_and_looks_like_absence() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;

    ann.block(&bob).await.position();

    for (from, to) in [(&ann, &bob), (&bob, &ann)] {
        assert!(from.get("/api/friends").await.is(200).list("friends").is_empty());
        from.post("/api/friends/request", json!({ "to_user_id": to.id })).await.refused(404);
    }
    let mine = ann.get("/api/friends/blocks").await.is(200);
    assert_eq!(mine.list("blocks").len(), 1);
    assert!(mine.text.contains(&bob.id));
    assert!(bob.get("/api/friends/blocks").await.is(200).list("blocks").is_empty());
}

#[tokio::test]
async fn a_pending_request_ends_with_a_block() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let asked = ann.post("/api/friends/request", json!({ "to_user_id": bob.id })).await.is(201);
    bob.block(&ann).await;
    let late = bob.act(&format!("/api/friends/{}/accept", asked.str("request_id"))).await.is_problem().status;
    assert!([404, 409].contains(&late), "{late}");
    assert!(ann.get("/api/friends/requests").await.is(200).list("sent_requests").is_empty());
}

#[tokio::test]
async fn no_direct_room_is_opened_across_a_block() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.block(&bob).await;
    for (from, to) in [(&ann, &bob), (&bob, &ann)] {
        from.post("/api/chat-rooms", json!({ "participant_ids": [to.id] })).await.refused(404);
        from.get(&format!("/api/chat-rooms/check/{}", to.id)).await.refused(404);
    }
}

#[tokio::test]
async fn in_an_open_direct_room_nothing_can_be_sent_and_the_past_stays_readable() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    bob.send(&room, "before").await;
    let mut blocked = bob.follow_from_now(&room).await;

    ann.block(&bob).await;

    ann.sending(&room, "x").await.refused(403);
    bob.sending(&room, "x").await.refused(403);
    let last = blocked.rest_within(Duration::from_secs(2)).await;
    assert_eq!(last.last().expect("a last word").event, "closed");
    assert_eq!(bob.contents(&room).await, ["before"]);
    assert_eq!(ann.contents(&room).await, ["before"]);
}

#[tokio::test]
async fn an_unblock_opens_the_room_again_but_not_the_friendship() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let room = ann.direct(&bob).await;
    ann.block(&bob).await;
    ann.delete(&format!("/api/friends/blocks/{}", bob.id)).await.is(204);
    bob.send(&room, "again").await;
    assert_eq!(ann.contents(&room).await, ["again"]);
    assert!(ann.get("/api/friends").await.is(200).list("friends").is_empty());
    ann.befriend(&bob).await;
}

#[tokio::test]
async fn unblocking_does_not_lift_the_others_block() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.block(&bob).await;
    bob.block(&ann).await;
    bob.delete(&format!("/api/friends/blocks/{}", ann.id)).await.is(204);
    bob.post("/api/friends/request", json!({ "to_user_id": ann.id })).await.refused(404);
}

#[tokio::test]
async fn groups_are_untouched_but_neither_adds_the_other() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = cid.group("both", &[&ann, &bob]).await;
    let mut live = bob.follow_from_now(&group).await;
    ann.block(&bob).await;

    ann.send(&group, "hello all").await;
    live.expect("new_message").await;
    bob.send(&group, "hello").await;
    assert_eq!(ann.contents(&group).await, ["hello all", "hello"]);

    let own = bob.group("bob's", &[&cid]).await;
    let body = json!({ "user_ids": [ann.id] });
    let added = bob.post(&own.path("/members"), body).await.is_problem().status;
    assert!([403, 404].contains(&added), "{added}");
    let opened = json!({ "participant_ids": [bob.id, cid.id], "name": "x" });
    let opened = ann.post("/api/chat-rooms", opened).await.is_problem().status;
    assert!([403, 404].contains(&opened), "{opened}");
    assert_eq!(bob.room(&own).await.list("participants").len(), 2);
}

#[tokio::test]
async fn blocking_is_said_once_and_never_to_oneself_or_nobody() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.block(&bob).await;
    let again = ann.mark(&format!("/api/friends/blocks/{}", bob.id)).await.status;
    assert!([204, 409].contains(&again), "{again}");
    ann.mark("/api/friends/blocks/nobody").await.refused(404);
    let self_block = ann.mark(&format!("/api/friends/blocks/{}", ann.id)).await.is_problem().status;
    assert!([400, 404].contains(&self_block), "{self_block}");
    assert_eq!(ann.get("/api/friends/blocks").await.is(200).list("blocks").len(), 1);
}

#[tokio::test]
async fn a_request_after_a_block_was_lifted_does_not_show_that_there_was_one() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    bob.block(&ann).await;
    bob.delete(&format!("/api/friends/blocks/{}", ann.id)).await.is(204);
    let asked = ann.post("/api/friends/request", json!({ "to_user_id": bob.id })).await.is(201);
    assert_eq!(asked["created_at"], asked["updated_at"]);
    let listed = bob.get("/api/friends/requests").await.is(200);
    assert!(listed.text.contains(asked["created_at"].as_str().expect("a time")), "{listed:?}");
}
