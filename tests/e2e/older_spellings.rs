//! Clients of the older system work unchanged.

use serde_json::json;
use world::{PASSWORD, Shared};

static HOUSE: Shared = Shared::new();

#[tokio::test]
async fn the_older_logins_work() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let json = json!({ "email": ann.email, "password": PASSWORD });
    world.anyone().post("/api/auth/login/json", json).await.is(200);
    let form = [("username", ann.email.as_str()), ("password", PASSWORD)];
    let session = world.anyone().act("/api/auth/login").form(&form).await.is(200);
    assert_eq!(session.str("user_id"), ann.id);
    world.anyone().act("/api/auth/login").form(&[("username", "x@y.z"), ("password", "n")]).await.refused(401);
}

#[tokio::test]
async fn me_is_the_profile() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    ann.put("/api/profile/me", json!({ "display_name": "Annie" })).await.is(200);
    let me = ann.get("/api/profile/me").await.is(200);
    assert_eq!((me.str("nickname"), me.str("email")), ("Annie", ann.email.as_str()));
}

#[tokio::test]
async fn users_are_searched_with_query() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "quentin"]).await;
    let found = ann.get("/api/users/search").query(&[("query", &bob.username)]).await.is(200);
    assert_eq!(found.list("users")[0]["id"], bob.id);
}

#[tokio::test]
async fn friendships_are_asked_for_and_answered_the_older_way() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let asked = ann.post("/api/friends/request", json!({ "user_id_2": bob.id })).await.is(201);
    assert_eq!((asked.str("user_id_1"), asked.str("user_id_2")), (ann.id.as_str(), bob.id.as_str()));
    let path = format!("/api/friends/status/{}", ann.id);
    bob.put(&path, json!({ "action": "perhaps" })).await.refused(422);
    assert_eq!(bob.put(&path, json!({ "action": "accept" })).await.is(200)["status"], "accepted");
    assert_eq!(bob.get("/api/friends/list").await.is(200).bare_list()[0]["id"], ann.id);

    cid.post("/api/friends/request", json!({ "user_id_2": bob.id })).await.is(201);
    assert_eq!(bob.get("/api/friends/requests/pending").await.is(200).list("requests").len(), 1);
    let rejected = bob.put(&format!("/api/friends/status/{}", cid.id), json!({ "action": "reject" })).await.is(200);
    assert_eq!(rejected["status"], "rejected");

    cid.post("/api/friends/request", json!({ "user_id_2": ann.id })).await.is(201);
    let withdrawn = cid.delete(&format!("/api/friends/request/{}", ann.id)).await.is(200);
    assert_eq!(withdrawn["status"], "cancelled");
}

#[tokio::test]
async fn a_room_is_named_in_the_path() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let checked = ann.get(&format!("/api/chat-rooms/check/{}", bob.id)).await.is(200);
    checked.position();
    let path = format!("/api/messages/{}", checked.str("id"));
    let sent = ann.post(&path, json!({ "content": "hi" })).await.is(201);
    assert_eq!(sent.str("room_id"), checked.str("id"));
    let room_again = bob.get(&format!("/api/chat-rooms/check/{}", ann.id)).await.is(200);
    assert_eq!(room_again.str("id"), checked.str("id"));
    assert_eq!(bob.get(&path).await.is(200).list("messages")[0]["content"], "hi");
    let edited = ann.put(&format!("/api/messages/{}", sent.str("id")), json!({ "content": "ho" })).await.is(200);
    assert_eq!(edited["content"], "ho");
}

#[tokio::test]
async fn a_deletion_says_so_in_words_too() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "oops").await;
    let deleted = ann.unsend(&sent).await;
    assert!(!deleted.str("message").is_empty());
}

#[tokio::test]
async fn headers_that_claim_to_be_somebody_are_not_trusted() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.anyone().get("/api/profile").header("X-User-Id", &ann.id).await.refused(401);
    let profile = bob.get("/api/profile").header("X-User-Id", &ann.id).await.is(200);
    assert_eq!(profile.str("id"), bob.id);
}
