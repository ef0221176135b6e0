//! Asking, accepting, refusing, and asking again.

use serde_json::json;
use world::{Call, Person, Reply, Shared};

static HOUSE: Shared = Shared::new();

fn ask(from: &Person, to: &Person) -> Call {
    from.post("/api/friends/request", json!({ "to_user_id": to.id }))
}

fn answer(who: &Person, request: &Reply, verb: &str) -> Call {
    who.act(&format!("/api/friends/{}/{verb}", request.str("request_id")))
}

async fn friends(who: &Person) -> Vec<String> {
    let reply = who.get("/api/friends").await.is(200);
    reply.list("friends").iter().map(|friend| friend["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn a_request_is_seen_by_both_and_accepted_by_the_other() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let body = json!({ "to_user_id": bob.id, "message": "we met" });
    let asked = ann.post("/api/friends/request", body).await.is(201);
    asked.position();
    assert_eq!((asked.str("id"), asked.str("status")), (asked.str("request_id"), "pending"));
    assert_eq!((asked.str("requester_id"), asked.str("addressee_id")), (ann.id.as_str(), bob.id.as_str()));

    let received = bob.get("/api/friends/requests").await.is(200);
    let sent = ann.get("/api/friends/requests").await.is(200);
    assert_eq!(received.list("received_requests")[0]["id"], asked["id"]);
    assert_eq!(received.list("received_requests")[0]["user"]["id"], ann.id);
    assert_eq!(sent.list("sent_requests")[0]["user"]["id"], bob.id);
    assert!(received.list("sent_requests").is_empty() && sent.list("received_requests").is_empty());
    assert!(friends(&ann).await.is_empty());

    let accepted = answer(&bob, &asked, "accept").await.is(200);
    assert_eq!((accepted.str("id"), accepted.str("status")), (asked.str("id"), "accepted"));
    assert_eq!(friends(&ann).await, [&*bob.id]);
    assert_eq!(friends(&bob).await, [&*ann.id]);
    assert!(bob.get("/api/friends/requests").await.is(200).list("received_requests").is_empty());
}

#[tokio::test]
async fn a_friend_is_a_user_with_the_day_it_began() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let reply = ann.get("/api/friends").await.is(200);
    let friend = &reply.list("friends")[0];
    assert_eq!(friend["username"], bob.username);
    assert!(friend["since"].as_str().expect("a time").ends_with('Z'));
    assert!(friend.get("email").is_none());
}

#[tokio::test]
async fn crossing_requests_become_one_friendship() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let asked = ask(&ann, &bob).await.is(201);
    let crossed = ask(&bob, &ann).await.is(201);
    assert_eq!((crossed.str("id"), crossed.str("status")), (asked.str("id"), "accepted"));
    assert_eq!(friends(&ann).await, [&*bob.id]);
    answer(&bob, &asked, "accept").await.refused(409);
}

#[tokio::test]
async fn one_asks_once() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ask(&ann, &ann).await.refused(400);
    ann.post("/api/friends/request", json!({ "to_user_id": "nobody" })).await.refused(404);
    ann.post("/api/friends/request", json!({})).await.refused(422);
    let long = json!({ "to_user_id": bob.id, "message": "m".repeat(501) });
    ann.post("/api/friends/request", long).await.refused(422).names_field("message");
    let asked = ask(&ann, &bob).await.is(201);
    ask(&ann, &bob).await.refused(409);
    answer(&bob, &asked, "accept").await.is(200);
    ask(&ann, &bob).await.refused(409);
    ask(&bob, &ann).await.refused(409);
}

#[tokio::test]
async fn after_a_reject_a_cancel_or_a_removal_one_may_ask_again_in_the_same_friendship() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let asked = ask(&ann, &bob).await.is(201);
    assert_eq!(answer(&bob, &asked, "reject").await.is(200)["status"], "rejected");
    assert_eq!(ask(&ann, &bob).await.is(201)["id"], asked["id"]);
    assert_eq!(answer(&ann, &asked, "cancel").await.is(200)["status"], "cancelled");
    let turned = ask(&bob, &ann).await.is(201);
    assert_eq!((turned.str("id"), turned.str("requester_id")), (asked.str("id"), bob.id.as_str()));
    answer(&ann, &turned, "accept").await.is(200);
    ann.delete(&format!("/api/friends/{}", bob.id)).await.is(204);
    assert!(friends(&bob).await.is_empty());
    assert_eq!(ask(&ann, &bob).await.is(201)["id"], asked["id"]);
}

#[tokio::test]
async fn only_the_one_who_was_asked_accepts_and_only_once() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let asked = ask(&ann, &bob).await.is(201);
    for verb in ["accept", "reject"] {
        answer(&ann, &asked, verb).await.refused(403);
    }
    answer(&bob, &asked, "cancel").await.refused(403);
    for verb in ["accept", "reject", "cancel"] {
        answer(&cid, &asked, verb).await.refused(404);
        cid.act(&format!("/api/friends/no-such-request/{verb}")).await.refused(404);
    }
    answer(&bob, &asked, "accept").await.is(200);
    answer(&bob, &asked, "accept").await.refused(409);
    answer(&bob, &asked, "reject").await.refused(409);
    answer(&ann, &asked, "cancel").await.refused(409);
}

#[tokio::test]
async fn a_friend_can_be_removed_by_either() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    bob.delete(&format!("/api/friends/{}", ann.id)).await.is(204).position();
    assert!(friends(&ann).await.is_empty() && friends(&bob).await.is_empty());
    let again = bob.delete(&format!("/api/friends/{}", ann.id)).await.is_problem().status;
    assert!([404, 409].contains(&again), "{again}");
}

#[tokio::test]
async fn many_friends_are_listed_page_by_page() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let others = world.people(["b", "c", "d", "e", "f"]).await;
    for other in &others {
        ann.befriend(other).await;
    }
    let mut seen = Vec::new();
    let mut path = String::from("/api/friends?limit=2");
    loop {
        let page = ann.get(&path).await.is(200);
        assert!(page.list("friends").len() <= 2);
        seen.extend(page.list("friends").iter().map(|friend| friend["id"].as_str().expect("an id").to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/friends?limit=2&cursor={cursor}");
    }
    seen.sort();
    let mut all: Vec<_> = others.iter().map(|other| other.id.clone()).collect();
    all.sort();
    assert_eq!(seen, all);
}
