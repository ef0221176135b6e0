//! Clients of the older system work unchanged.

use serde_json::{Value, json};
use world::{PASSWORD, Reply, Shared};

static HOUSE: Shared = Shared::new();

/// Whatever the new answer has, the older one has too, under the same names and of the same sort.
#[track_caller]
fn covers(older: &Value, new: &Value) {
    let (Some(has), Some(wanted)) = (older.as_object(), new.as_object()) else { panic!("{older} or {new}") };
    for (field, value) in wanted {
        let found = has.get(field).unwrap_or_else(|| panic!("no `{field}` in {older}"));
        assert_eq!(std::mem::discriminant(found), std::mem::discriminant(value), "{field}: {found} instead of {value}");
    }
}

#[track_caller]
fn has(reply: &Value, fields: &[&str]) {
    for field in fields {
        assert!(reply.get(field).is_some(), "no `{field}` in {reply}");
    }
}

#[tokio::test]
async fn older_logins_answer_as_new_ones() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let json = json!({ "email": ann.email, "password": PASSWORD });
    let new = world.anyone().post("/api/auth/login", json.clone()).await.is(200);
    let form = [("username", ann.email.as_str()), ("password", PASSWORD)];
    let by_form = world.anyone().act("/api/auth/login").form(&form).await.is(200);
    let by_json = world.anyone().post("/api/auth/login/json", json).await.is(200);
    for older in [by_form, by_json] {
        covers(&older.body, &new.body);
        has(&older.body, &["access_token", "refresh_token", "token_type", "expires_in", "user_id"]);
        let gone = ann.with_token(older.str("access_token")).act("/api/auth/logout").await.is(200);
        has(&gone.body, &["message", "user_id"]);
    }
}

#[tokio::test]
async fn older_profiles_answer_as_new_ones() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let new = ann.get("/api/profile").await.is(200);
    assert_eq!(ann.get("/api/profile/me").await.is(200).body, new.body);
    let patched = ann.patch("/api/profile", json!({ "status_message": "away" })).await.is(200);
    let put = ann.put("/api/profile/me", json!({ "status_message": "away" })).await.is(200);
    assert_eq!(put.body, patched.body);
    has(&put.body, &["id", "email", "username", "display_name", "status_message", "created_at", "updated_at"]);
}

#[tokio::test]
async fn older_friendships_answer_as_new_ones() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let ask = async |who: &world::Person, field: &str, whom: &world::Person| {
        who.post("/api/friends/request", json!({ field: whom.id, "message": "hi" })).await.is(201)
    };
    let (new, older) = (ask(&bob, "to_user_id", &ann).await, ask(&cid, "user_id_2", &ann).await);
    covers(&older.body, &new.body);
    let pending = ann.get("/api/friends/requests/pending").await.is(200);
    let received = ann.get("/api/friends/requests").await.is(200);
    assert_eq!(pending.list("requests"), received.list("received_requests"));
    let accepted = ann.act(&format!("/api/friends/{}/accept", new.str("request_id"))).await.is(200);
    let status = ann.put(&format!("/api/friends/status/{}", cid.id), json!({ "action": "accept" })).await.is(200);
    covers(&status.body, &accepted.body);
    has(&status.body, &["id", "request_id", "user_id_1", "user_id_2", "status", "created_at", "updated_at"]);
    let list = ann.get("/api/friends/list").await.is(200);
    assert_eq!(list.bare_list(), ann.get("/api/friends").await.is(200).list("friends"));
    // Who reads on until a page is empty comes to an end.
    for (query, rest) in [("skip=1&limit=1", &list.bare_list()[1..]), ("offset=2", &[])] {
        assert_eq!(ann.get(&format!("/api/friends/list?{query}")).await.is(200).bare_list(), rest, "{query}");
    }
    ann.get("/api/friends/list?skip=10001").await.refused(422);
    let (new, _) = (ask(&ann, "to_user_id", &dan).await, ask(&bob, "user_id_2", &dan).await);
    let cancelled = ann.act(&format!("/api/friends/{}/cancel", new.str("request_id"))).await.is(200);
    covers(&bob.delete(&format!("/api/friends/request/{}", dan.id)).await.is(200).body, &cancelled.body);
}

#[tokio::test]
async fn older_searches_answer_as_new_ones() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "ottokar"]).await;
    let search = async |name| ann.get("/api/users/search").query(&[(name, bob.username.as_str())]).await.is(200).body;
    assert_eq!(search("query").await, search("q").await);
    has(&search("query").await, &["users", "total_count"]);
}

#[tokio::test]
async fn older_messages_answer_as_new_ones() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let path = format!("/api/messages/{room}");
    let (new, older) = (ann.send(&room, "one").await, ann.post(&path, json!({ "content": "two" })).await.is(201));
    covers(&older.body, &new.body);
    for query in ["", "limit=1", "skip=1", "offset=1", "skip=1&limit=1", "before=3"] {
        let page = |path: &str| bob.get(&format!("{path}{query}"));
        let (older, new) =
            (page(&format!("{path}?")).await.is(200), page(&format!("{}&", room.messages())).await.is(200));
        assert_eq!(older.body, new.body, "{query}");
        has(&older.body, &["messages", "has_more", "next_cursor", "total_count"]);
    }
    let own = |message: &Reply| format!("/api/messages/{}", message.str("id"));
    let patched = ann.patch(&own(&new), json!({ "content": "uno" })).await.is(200);
    covers(&ann.put(&own(&older), json!({ "content": "due" })).await.is(200).body, &patched.body);
    let skipped = bob.get("/api/chat-rooms?skip=0&limit=20").await.is(200);
    assert_eq!(skipped.bare_list(), bob.get("/api/chat-rooms?limit=20").await.is(200).bare_list());
}

#[tokio::test]
async fn a_room_in_the_path_and_another_in_the_body_is_refused() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (room, other) = (ann.direct(&bob).await, ann.direct(&cid).await);
    let to = |body: &str| ann.post(&format!("/api/messages/{room}"), json!({ "content": "hi", "room_id": body }));
    to(&room.id).await.is(201);
    assert_eq!(to(&other.id).await.refused(422)["errors"][0]["field"], "room_id");
    assert_eq!(bob.contents(&room).await, ["hi"]);
}

#[tokio::test]
async fn trailing_slashes_make_no_difference() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for path in ["/api/profile/me", "/api/friends/list", "/api/chat-rooms", &format!("/api/messages/{room}")] {
        assert_eq!(ann.get(&format!("{path}/")).await.is(200).body, ann.get(path).await.is(200).body, "{path}");
    }
    ann.post(&format!("/api/messages/{room}/"), json!({ "content": "hi" })).await.is(201);
    ann.delete("/api/friends/list/").await.refused(405);
}

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
