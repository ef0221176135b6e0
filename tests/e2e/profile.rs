//! Who somebody is.

use serde_json::{Value, json};
use world::Shared;

static HOUSE: Shared = Shared::new();

#[tokio::test]
async fn a_profile_is_changed_field_by_field() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let changed = ann.patch("/api/profile", json!({ "nickname": "Anna" })).await.is(200);
    changed.position();
    assert_eq!((changed.str("nickname"), changed.str("username")), ("Anna", ann.username.as_str()));
    ann.patch("/api/profile", json!({ "status_message": "away" })).await.is(200);
    let now = ann.get("/api/profile").await.is(200);
    assert_eq!((now.str("nickname"), now.str("display_name")), ("Anna", "Anna"));
    assert_eq!((now.str("status_message"), now.str("email")), ("away", ann.email.as_str()));
    let cleared = ann.patch("/api/profile", json!({ "status_message": null })).await.is(200);
    assert!(cleared["status_message"].is_null());
}

#[tokio::test]
async fn of_two_spellings_of_a_nickname_the_newer_counts_and_the_older_is_looked_at() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let both = |older: &str| ann.patch("/api/profile", json!({ "nickname": "Anna", "display_name": older }));
    assert_eq!(both("Old").await.is(200).str("nickname"), "Anna");
    both(&"x".repeat(101)).await.refused(422).names_field("display_name");
}

#[tokio::test]
async fn a_change_of_nothing_is_fine() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let same = ann.patch("/api/profile", json!({})).await.is(200);
    assert_eq!(same.str("nickname"), ann.nickname);
    ann.patch("/api/profile", json!({ "nickname": ann.nickname })).await.is(200);
}

#[tokio::test]
async fn null_clears_the_status_and_nothing_else() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    for field in ["nickname", "username"] {
        ann.patch("/api/profile", json!({ field: null })).await.refused(422);
    }
    let too_long = json!({ "status_message": "s".repeat(501) });
    ann.patch("/api/profile", too_long).await.refused(422).names_field("status_message");
    ann.patch("/api/profile", json!({ "status_message": "s".repeat(500) })).await.is(200);
}

#[tokio::test]
async fn a_username_can_be_changed_and_the_old_one_is_free_again() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.patch("/api/profile", json!({ "username": bob.username.to_uppercase() })).await.refused(409);
    let renamed = json!({ "username": format!("{}_x", ann.username) });
    ann.patch("/api/profile", renamed).await.is(200);
    bob.patch("/api/profile", json!({ "username": ann.username })).await.is(200);
}

#[tokio::test]
async fn others_see_a_user_without_the_address() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let seen = bob.get(&format!("/api/users/{}", ann.id)).await.is(200);
    assert_eq!((seen.str("id"), seen.str("username")), (ann.id.as_str(), ann.username.as_str()));
    assert!(seen.body.get("email").is_none(), "{}", seen.story());
    bob.get("/api/users/no-such-user").await.refused(404);
    bob.get("/api/users/018f0000-0000-7000-8000-000000000000").await.refused(404);
}

#[tokio::test]
async fn several_users_are_read_in_one_call() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let ids = |all: &[Value]| -> Vec<String> {
        let mut ids: Vec<_> = all.iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect();
        ids.sort();
        ids
    };
    let mut wanted = vec![ann.id.clone(), bob.id.clone()];
    wanted.sort();
    let listed = cid.get(&format!("/api/users?user_ids={},{}", ann.id, bob.id)).await.is(200);
    assert_eq!(ids(listed.bare_list()), wanted);
    let batch = cid.post("/api/users/batch", json!({ "user_ids": wanted })).await.is(200);
    assert_eq!(ids(batch.bare_list()), wanted);
    let unknown = json!({ "user_ids": [ann.id, "nobody"] });
    assert_eq!(ids(cid.post("/api/users/batch", unknown).await.is(200).bare_list()), [&*ann.id]);
    cid.post("/api/users/batch", json!({ "user_ids": [] })).await.refused(422);
    cid.post("/api/users/batch", json!({ "user_ids": vec![ann.id; 101] })).await.refused(422);
}

#[tokio::test]
async fn whether_somebody_exists_can_be_asked() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let yes = bob.get(&format!("/api/users/{}/exists", ann.id)).await.is(200);
    assert_eq!(yes.body, json!({ "user_id": ann.id, "exists": true }));
    let no = bob.get("/api/users/nobody/exists").await.is(200);
    assert_eq!(no["exists"], false);
}
