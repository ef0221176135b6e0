//! What the system before this one held is brought over from MySQL and MongoDB.

mod ended;
mod older;
mod times;

use mongodb::bson::doc;
use serde_json::{Value, json};
use world::{Caller, PASSWORD, Reply, World};

use older::{BEGIN, Older, moment};

/// An older chat with all that may be in one; ids of the edited, the deleted and the last message of the first room.
async fn chat(older: &mut Older) -> [String; 3] {
    let nobody_else = "NULL, 'Cid', NULL, 1";
    older.user(1, "ann@example.test", "'ann', 'Ann', 'at lunch', 1", 0).await;
    older.user(2, "bob@example.test", "'bob', 'Bob', NULL, 1", 1).await;
    older.user(3, "nonsense", nobody_else, 2).await;
    older.user(4, "dan@example.test", &format!("'bad name', '{}', NULL, 1", "d".repeat(150)), 3).await;
    older.user(5, "ANN@example.test", "'ANN', 'Another Ann', NULL, 1", 4).await;
    older.user(6, "eve@example.test", "'eve', 'Eve', NULL, 0", 5).await;
    older.friendship([1, 2], "accepted", [10, 20], None).await;
    older.friendship([2, 1], "pending", [15, 15], None).await;
    older.friendship([1, 3], "accepted", [10, 20], Some(30)).await;
    older.friendship([3, 2], "pending", [10, 10], None).await;
    older.friendship([1, 99], "accepted", [10, 20], None).await;
    older.friendship([4, 4], "pending", [10, 10], None).await;
    older.room(1, [1, 2], 40).await;
    older.room(2, [2, 1], 41).await;
    older.room(3, [1, 3], 42).await;
    older.room(4, [1, 99], 43).await;
    older.say(1, 1, "first", 50, doc! {}).await;
    let second = older.say(2, 2, "second", 51, doc! {}).await;
    let edit = doc! { "is_edited": true, "edited_at": moment(70), "original_content": "thrid" };
    let edited = older.say(1, 1, "third", 52, edit).await;
    let deletion =
        doc! { "is_deleted": true, "deleted_at": moment(80), "deleted_by": 2, "original_content": "a secret" };
    let deleted = older.say(1, 1, "", 53, deletion).await;
    let file = doc! { "message_type": "image", "file_url": "/files/1.png", "file_name": "one.png" };
    older.say(2, 2, "", 54, file).await;
    let last = older.say(1, 1, &"x".repeat(5000), 55, doc! {}).await;
    older.say(1, 3, "one", 45, doc! {}).await;
    let two = older.say(1, 3, "two", 46, doc! {}).await;
    older.say(1, 3, "three", 47, doc! {}).await;
    older.read(&two, 3, 3, 48).await;
    older.say(1, 77, "in no room", 56, doc! {}).await;
    older.say(99, 1, "by nobody", 57, doc! {}).await;
    older.say(3, 1, "by somebody else", 58, doc! {}).await;
    older.read(&second, 1, 2, 60).await;
    older.read(&second, 1, 2, 61).await;
    older.read(&edited, 2, 1, 20).await;
    older.read("65a1b2c3d4e5f60718293a4b", 2, 1, 63).await;
    older.read(&edited, 3, 1, 64).await;
    [edited, deleted, last]
}

async fn signed_in(world: &World, email: &str) -> Caller {
    let login = json!({ "email": email, "password": PASSWORD });
    let reply = world.anyone().post("/api/auth/login", login).await.is(200);
    world.anyone().with_token(reply.str("access_token"))
}

fn counts(report: &Value, kind: &str, what: &str) -> Value {
    let cases = report[kind][what].as_object().expect("reasons");
    cases.iter().map(|(why, cases)| (why.clone(), cases["count"].clone())).collect::<serde_json::Map<_, _>>().into()
}

#[tokio::test]
async fn what_was_there_is_there_under_its_older_ids_and_at_its_times() {
    let Some(mut older) = Older::begin().await else { return };
    let [edited, deleted, last] = chat(&mut older).await;
    let world = World::options().empty().await;
    let report = older.import(&world).await.succeeded().json();
    for (kind, read) in [("users", 6), ("friendships", 6), ("rooms", 4), ("messages", 12), ("reads", 6)] {
        assert_eq!(report[kind]["read"], read, "{kind}: {report}");
    }
    let mended = json!({ "NAME_CHANGED": 1, "NO_USERNAME": 1, "NOT_EMAIL": 1, "EMAIL_TAKEN": 1, "USERNAME_TAKEN": 1, "INACTIVE": 1 });
    assert_eq!(counts(&report, "users", "mended"), mended);
    assert_eq!(counts(&report, "friendships", "skipped"), json!({ "UNKNOWN_USER": 1, "ONESELF": 1 }));
    assert_eq!(counts(&report, "rooms", "skipped"), json!({ "UNKNOWN_USER": 1 }));
    let skipped = json!({ "UNKNOWN_ROOM": 1, "UNKNOWN_USER": 1, "NOT_A_MEMBER": 1 });
    assert_eq!(counts(&report, "messages", "skipped"), skipped);
    assert_eq!(counts(&report, "messages", "mended"), json!({ "CONTENT_CHANGED": 1 }));
    assert_eq!(counts(&report, "reads", "skipped"), json!({ "UNKNOWN_MESSAGE": 1, "NOT_A_MEMBER": 1 }));

    world.restart().await;
    let ann = signed_in(&world, "Ann@Example.test").await;
    let me = ann.get("/api/users/1").await.is(200);
    assert_eq!((me.str("nickname"), me.str("status_message")), ("Ann", "at lunch"));
    assert_eq!(me.str("created_at"), "2023-11-14T22:13:20.000Z");
    assert_eq!(ann.get("/api/users/4").await.is(200).str("nickname"), "d".repeat(100));
    friends(&ann, &me).await;
    messages(&world, &ann, [&edited, &deleted, &last]).await;
    for model in ["directory", "timeline"] {
        world.run(["verify", model]).await.succeeded();
    }
    for email in ["nonsense", "dan@example.test", "ann@example.test"] {
        signed_in(&world, email).await;
    }
    let eve = json!({ "email": "eve@example.test", "password": PASSWORD });
    world.anyone().post("/api/auth/login", eve).await.is(401);
    world.kill();
    let refused = older.import(&world).await;
    assert!(refused.code == 1 && refused.stderr.contains("import into an empty one"), "{refused:?}");
    older.end().await;
}

async fn friends(ann: &Caller, me: &Reply) {
    let friends = ann.get("/api/friends").await.is(200);
    let names: Vec<_> = friends.list("friends").iter().map(|friend| friend["nickname"].clone()).collect();
    assert_eq!(names, ["Bob"], "removed ones are none");
    let asked = ann.get("/api/friends/requests").await.is(200);
    assert!(asked.list("received_requests").is_empty() && asked.list("sent_requests").is_empty());
    assert_eq!(ann.get("/api/notifications/unread-count").await.is(200)["unread_count"], 0, "of {}", me.str("id"));
}

async fn messages(world: &World, ann: &Caller, [edited, deleted, last]: [&str; 3]) {
    let rooms = ann.get("/api/chat-rooms").await.is(200);
    let rooms = rooms.body.as_array().expect("an array");
    assert_eq!(rooms.len(), 2, "{rooms:?}");
    let room = ann.get("/api/chat-rooms/check/2").await.is(200).str("id").to_owned();
    let shown = ann.get(&format!("/api/messages?room_id={room}&limit=100")).await.is(200);
    let shown = shown.list("messages");
    let contents: Vec<_> = shown.iter().map(|message| message["content"].as_str().unwrap_or_default()).collect();
    assert_eq!(&contents[..3], ["first", "second", "third"]);
    assert_eq!((contents[4], contents[5].len(), contents.len()), ("one.png\n/files/1.png", 4000, 6));
    let at = |seconds: i64| domain::Timestamp(BEGIN + seconds * 1000).to_string();
    assert_eq!((shown[2]["created_at"].as_str(), shown[2]["edited_at"].as_str()), (Some(&*at(52)), Some(&*at(70))));
    assert_eq!((shown[3]["is_deleted"].as_bool(), shown[3]["deleted_at"].as_str()), (Some(true), Some(&*at(80))));
    assert!(!shown[3].to_string().contains("secret"));
    reads(world, ann).await;
    rooms_by_number(ann, &room).await;
    ann.patch(&format!("/api/messages/{last}"), json!({ "content": "shorter" })).await.is(200);
    ann.patch(&format!("/api/messages/{edited}"), json!({ "content": "third again" })).await.is(200);
    ann.patch(&format!("/api/messages/{deleted}"), json!({ "content": "x" })).await.is(409);
}

/// Who sent something has read what was before it; who sent nothing, what they were said to have read.
async fn reads(world: &World, ann: &Caller) {
    let (bob, cid) = (signed_in(world, "bob@example.test").await, signed_in(world, "nonsense").await);
    let unread = async |who: &Caller, room: u64| {
        who.get(&format!("/api/messages/room/{room}/unread-count")).await.is(200)["unread_count"].clone()
    };
    assert_eq!((unread(ann, 1).await, unread(&bob, 1).await, unread(&cid, 3).await), (json!(0), json!(1), json!(1)));
    let shown = ann.get("/api/messages?limit=100&room_id=3").await.is(200);
    let read_at = |n: usize| shown.list("messages")[n]["read_by"][0]["read_at"].clone();
    let at = domain::Timestamp(BEGIN + 48_000).to_string();
    assert_eq!((read_at(0), read_at(1), read_at(2)), (json!(at), json!(at), Value::Null));
}

/// Both numbers that the pair's room had lead to it, wherever a client may say one.
async fn rooms_by_number(ann: &Caller, room: &str) {
    for number in [1, 2] {
        assert_eq!(ann.get(&format!("/api/chat-rooms/{number}")).await.is(200).str("id"), room);
        for path in [format!("/api/messages?room_id={number}"), format!("/api/messages/{number}")] {
            assert_eq!(ann.get(&path).await.is(200)["total_count"], 6, "{path}");
        }
    }
    ann.post("/api/messages/read", json!({ "room_id": "2" })).await.is(200);
    let sent = ann.post("/api/messages", json!({ "room_id": "2", "content": "by number" })).await.is(201);
    assert_eq!(sent.str("room_id"), room);
    let sent = ann.post("/api/messages/1", json!({ "content": "by number" })).await.is(201);
    assert_eq!(sent.str("room_id"), room);
    ann.get("/api/chat-rooms/4").await.is(404);
    ann.get("/api/messages?room_id=77").await.is(404);
}
