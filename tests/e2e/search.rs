//! Finding people.

use serde_json::{Value, json};
use world::{Person, Reply, Shared};

static HOUSE: Shared = Shared::new();

async fn found(person: &Person, q: &str) -> Vec<Value> {
    search(person, q).await.list("users").to_vec()
}

async fn search(person: &Person, q: &str) -> Reply {
    person.get("/api/users/search").query(&[("q", q), ("limit", "100")]).await.is(200)
}

fn nicknames(users: &[Value]) -> Vec<&str> {
    let mut all: Vec<_> = users.iter().map(|user| user["nickname"].as_str().expect("a nickname")).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn somebody_is_found_by_the_beginning_of_a_word_of_a_name() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "zebulon"]).await;
    bob.patch("/api/profile", json!({ "nickname": "Zoë van Quast", "username": "deep_Quarry-9" })).await.is(200);
    for q in ["zo", "zoe", "ZOË", "van", "quast", "QUA", "deep", "quarr", "9"] {
        assert!(found(&ann, q).await.iter().any(|user| user["id"] == bob.id), "{q} finds nobody");
    }
    for q in ["uast", "oë", "eep", "zzz"] {
        assert!(found(&ann, q).await.iter().all(|user| user["id"] != bob.id), "{q} finds somebody");
    }
}

#[tokio::test]
async fn what_is_found_is_a_user_as_others_see_one() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "yolanda"]).await;
    let reply = search(&ann, &bob.username).await;
    assert_eq!(reply.u64("total_count"), 1);
    assert!(reply["next_cursor"].is_null());
    let user = &reply.list("users")[0];
    assert_eq!((&user["id"], &user["username"]), (&json!(bob.id), &json!(bob.username)));
    assert!(user.get("email").is_none());
}

#[tokio::test]
async fn nobody_finds_themselves_or_anyone_blocked_either_way() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["xavera", "xaverb"]).await;
    assert!(found(&ann, "xavera").await.is_empty());
    assert_eq!(found(&ann, "xaverb").await.len(), 1);
    bob.block(&ann).await;
    assert!(found(&ann, "xaverb").await.is_empty());
    assert!(found(&bob, "xavera").await.is_empty());
}

#[tokio::test]
async fn a_former_name_finds_nobody() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "wilhelmina"]).await;
    bob.patch("/api/profile", json!({ "nickname": "mina", "username": "minamina" })).await.is(200);
    assert!(found(&ann, "wilhelmina").await.is_empty());
    assert_eq!(found(&ann, "minamina").await.len(), 1);
}

#[tokio::test]
async fn many_are_found_page_by_page() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    world.people(["vera", "verb", "verc", "verd", "vere"]).await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    for _ in 0..3 {
        let mut call = ann.get("/api/users/search").query(&[("q", "ver"), ("limit", "2")]);
        if !cursor.is_empty() {
            call = call.query(&[("cursor", &cursor)]);
        }
        let page = call.await.is(200);
        assert_eq!(page.u64("total_count"), 5);
        names.extend(page.list("users").to_vec());
        cursor = page["next_cursor"].as_str().unwrap_or_default().into();
    }
    assert!(cursor.is_empty(), "a fourth page");
    assert_eq!(nicknames(&names), ["vera", "verb", "verc", "verd", "vere"]);
}

#[tokio::test]
async fn a_search_has_one_to_fifty_characters() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    for q in ["", " ", &"q".repeat(51)] {
        ann.get("/api/users/search").query(&[("q", q)]).await.refused(422);
    }
    ann.get("/api/users/search").await.refused(422);
    ann.get("/api/users/search").query(&[("q", &"é".repeat(50))]).await.is(200);
    for q in ["%", "_", "*", "\"", "' OR 1=1 --", "(", "NEAR(", "a:b", "\\"] {
        ann.get("/api/users/search").query(&[("q", q)]).await.is(200);
    }
}

#[tokio::test]
async fn friends_are_searched_among_friends() {
    let world = HOUSE.world().await;
    let [ann, friend, stranger] = world.people(["ann", "ursula", "ursulb"]).await;
    ann.befriend(&friend).await;
    let reply = ann.get("/api/friends/search?q=ursul").await.is(200);
    let friends = reply.list("friends");
    assert_eq!(nicknames(friends), ["ursula"]);
    assert!(friends[0]["since"].is_string());
    assert_eq!(found(&ann, "ursul").await.len(), 2);
    assert!(stranger.get("/api/friends/search?q=ursul").await.is(200).list("friends").is_empty());
}
