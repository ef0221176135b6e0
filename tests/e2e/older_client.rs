//! A client of the older system, from its registration to what is unread, in that system's words only.

use serde_json::{Value, json};
use world::{Caller, PASSWORD, Reply, World};

/// Somebody as the older client knows them.
struct Client {
    caller: Caller,
    id: String,
}

/// What the older client reads of an answer is there.
#[track_caller]
fn shows(answer: &Value, fields: &[&str]) {
    for field in fields {
        assert!(answer.get(field).is_some_and(|value| !value.is_null()), "no `{field}` in {answer}");
    }
}

async fn register(world: &World, name: &str) -> Reply {
    let email = format!("{name}@older.example");
    let body = json!({ "email": email, "password": PASSWORD, "username": name, "display_name": name });
    let user = world.anyone().post("/api/auth/register", body).await.is(201);
    shows(&user.body, &["id", "email", "username", "display_name", "created_at"]);
    user
}

async fn log_in(world: &World, name: &str) -> Client {
    let form = [("username", format!("{name}@older.example")), ("password", PASSWORD.to_owned())];
    let form = form.each_ref().map(|(field, value)| (*field, value.as_str()));
    let session = world.anyone().act("/api/auth/login").form(&form).await.is(200);
    shows(&session.body, &["access_token", "refresh_token", "expires_in", "user_id"]);
    assert_eq!(session["token_type"], "bearer");
    let id = session.str("user_id").to_owned();
    Client { caller: world.anyone().with_token(session.str("access_token")), id }
}

async fn profile(ann: &Client) {
    let me = ann.caller.get("/api/profile/me").await.is(200);
    shows(&me.body, &["id", "email", "username", "display_name"]);
    assert_eq!(me.str("id"), ann.id);
    let changed = ann.caller.put("/api/profile/me", json!({ "display_name": "Annie" })).await.is(200);
    assert_eq!(changed["display_name"], "Annie");
}

async fn befriend(ann: &Client, bob: &Client, registered: &Reply) {
    let found = ann.caller.get("/api/users/search?query=oldbob").after(registered).await.is(200);
    assert_eq!((found["users"][0]["id"].as_str(), found.u64("total_count")), (Some(bob.id.as_str()), 1));
    let asked = ann.caller.post("/api/friends/request", json!({ "user_id_2": bob.id })).await.is(201);
    shows(&asked.body, &["request_id", "user_id_1", "user_id_2", "created_at"]);
    assert_eq!((asked.str("user_id_1"), asked.str("status")), (ann.id.as_str(), "pending"));
    let pending = bob.caller.get("/api/friends/requests/pending").after(&asked).await.is(200);
    assert_eq!(pending["requests"][0]["user"]["id"], ann.id);
    let status = format!("/api/friends/status/{}", ann.id);
    let accepted = bob.caller.put(&status, json!({ "action": "accept" })).await.is(200);
    assert_eq!(accepted["status"], "accepted");
    let friends = ann.caller.get("/api/friends/list").after(&accepted).await.is(200);
    assert_eq!(friends.bare_list()[0]["id"], bob.id);
}

async fn talk(ann: &Client, bob: &Client) -> (String, Reply) {
    let room = ann.caller.get(&format!("/api/chat-rooms/check/{}", bob.id)).await.is(200);
    shows(&room.body, &["id", "room_type", "user_1_id", "user_2_id", "participants", "created_at"]);
    let path = format!("/api/messages/{}", room.str("id"));
    let mut last = room;
    for n in 1..=5 {
        last = ann.caller.post(&path, json!({ "content": format!("message {n}") })).await.is(201);
        shows(&last.body, &["id", "room_id", "user_id", "username", "content", "message_type", "created_at"]);
    }
    (path, last)
}

async fn read(bob: &Client, path: &str, last: &Reply) {
    let mut seen: Vec<Value> = vec![];
    for skip in [0, 2, 4] {
        let page = bob.caller.get(&format!("{path}?skip={skip}&limit=2")).after(last).await.is(200);
        assert_eq!((page.u64("total_count"), &page["has_more"]), (5, &json!(skip < 4)));
        seen.splice(0..0, page.list("messages").to_vec());
    }
    let contents: Vec<_> = seen.iter().map(|message| message["content"].as_str().expect("content")).collect();
    assert_eq!(contents, ["message 1", "message 2", "message 3", "message 4", "message 5"]);
    let room = path.trim_start_matches("/api/messages/");
    let unread = format!("/api/messages/room/{room}/unread-count");
    assert_eq!(bob.caller.get(&unread).after(last).await.is(200).u64("unread_count"), 5);
    let ids: Vec<_> = seen[..3].iter().map(|message| &message["id"]).collect();
    let read = bob.caller.post("/api/messages/read", json!({ "room_id": room, "message_ids": ids })).await.is(200);
    shows(&read.body, &["success", "read_count", "message"]);
    assert_eq!((&read["success"], read.u64("read_count")), (&json!(true), 3));
    assert_eq!(bob.caller.get(&unread).await.is(200).u64("unread_count"), 2);
    let rooms = bob.caller.get("/api/chat-rooms?skip=0&limit=10").await.is(200);
    assert_eq!(
        (&rooms.bare_list()[0]["id"], &rooms.bare_list()[0]["last_message"]["content"]),
        (&json!(room), &json!("message 5"))
    );
}

#[tokio::test]
async fn two_people_meet_and_talk_in_the_older_words_only() {
    let world = World::start().await;
    let (ann, registered) = (register(&world, "oldann").await, register(&world, "oldbob").await);
    let ids = (ann.str("id").to_owned(), registered.str("id").to_owned());
    let (ann, bob) = (log_in(&world, "oldann").await, log_in(&world, "oldbob").await);
    assert_eq!((&ann.id, &bob.id), (&ids.0, &ids.1));
    profile(&ann).await;
    befriend(&ann, &bob, &registered).await;
    let (path, last) = talk(&ann, &bob).await;
    read(&bob, &path, &last).await;
    ann.caller.act("/api/auth/logout").await.is(200);
    ann.caller.get("/api/profile/me").await.refused(401);
}
