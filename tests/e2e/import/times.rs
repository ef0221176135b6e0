//! A time that is missing, is a text or has not come yet stays alone with that: nothing else gets another time or another place.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use world::{Reply, World};

use super::older::{BEGIN, Older, at, moment};
use super::{counts, signed_in};

/// Later than any test runs: 2055, in seconds after the beginning.
const FUTURE: i64 = 1_000_000_000;

fn shown(seconds: i64) -> String {
    domain::Timestamp(BEGIN + seconds * 1000).to_string()
}

/// The moment as a text without a zone.
fn text(seconds: i64) -> String {
    shown(seconds).trim_end_matches('Z').to_owned()
}

/// An id that was made then.
fn id(seconds: i64) -> ObjectId {
    let since = u32::try_from(BEGIN / 1000 + seconds).expect("before 2106");
    ObjectId::from_parts(since, [7; 5], [0, 0, 1])
}

fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    domain::Timestamp(i64::try_from(since.as_millis()).expect("a time")).to_string()
}

/// Two people and their room.
async fn pair(older: &mut Older) {
    older.user(1, "ann@example.test", "'ann', 'Ann', NULL, 1", 0).await;
    older.user(2, "bob@example.test", "'bob', 'Bob', NULL, 1", 0).await;
    older.room(1, [1, 2], 10).await;
}

fn said(content: &str) -> Document {
    doc! { "user_id": 1, "room_id": 1, "content": content, "message_type": "text" }
}

async fn keep(older: &Older, content: &str, more: Document) {
    let mut message = said(content);
    message.extend(more);
    older.keep("messages", message).await;
}

/// Brings all of it over, and does so again, which brings nothing.
async fn imported(older: &Older, world: &World) -> Value {
    let report = older.import(world).await.succeeded().json();
    let again = older.import(world).await.succeeded().json();
    for kind in again.as_object().expect("kinds").values() {
        assert_eq!(kind["appended"], 0, "{again}");
    }
    report
}

fn of(messages: &Reply, what: &str) -> Vec<String> {
    messages.list("messages").iter().map(|message| message[what].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn each_message_keeps_its_time_and_its_place_whatever_the_times_of_others_are() {
    let Some(mut older) = Older::begin().await else { return };
    pair(&mut older).await;
    let edit = doc! { "is_edited": true, "edited_at": moment(FUTURE) };
    older.say(1, 1, "first", 50, edit).await;
    older.say(1, 1, "second", 60, doc! {}).await;
    keep(&older, "of a text", doc! { "_id": id(9_000), "created_at": text(55) }).await;
    keep(&older, "of no time", doc! { "_id": id(10_000) }).await;
    keep(&older, "of nonsense", doc! { "_id": id(11_000), "created_at": "then" }).await;
    keep(&older, "of the future", doc! { "created_at": moment(FUTURE) }).await;
    let world = World::options().empty().await;
    let report = imported(&older, &world).await;
    let mended = json!({ "TIME_FROM_TEXT": 1, "TIME_FROM_ID": 2, "FUTURE_TIME": 2 });
    assert_eq!(counts(&report, "messages", "mended"), mended);

    world.restart().await;
    let ann = signed_in(&world, "ann@example.test").await;
    let messages = ann.get("/api/messages?limit=100&room_id=1").await.is(200);
    let contents = ["first", "of a text", "second", "of no time", "of nonsense", "of the future"];
    assert_eq!(of(&messages, "content"), contents);
    let times = of(&messages, "created_at");
    assert_eq!(times[..5], [50, 55, 60, 10_000, 11_000].map(shown));
    assert!(times[5] <= now() && of(&messages, "edited_at")[0] <= now(), "{messages:?}");
    let sent = ann.post("/api/messages", json!({ "room_id": "1", "content": "today" })).await.is(201);
    assert!(sent.str("created_at") <= &*now(), "{sent:?}");
    older.end().await;
}

#[tokio::test]
async fn marks_come_in_their_order_whatever_the_times_of_others_are() {
    let Some(mut older) = Older::begin().await else { return };
    pair(&mut older).await;
    let messages = [older.say(1, 1, "a", 50, doc! {}).await, older.say(1, 1, "b", 51, doc! {}).await];
    let last = older.say(1, 1, "c", 9_500, doc! {}).await;
    older.read(&messages[0], 2, 1, 60).await;
    let read = |message: &str| doc! { "message_id": message, "user_id": 2, "room_id": 1 };
    older
        .keep(
            "message_read_status",
            [read(&messages[1]), doc! { "read_at": text(9_000) }].into_iter().flatten().collect(),
        )
        .await;
    older.keep("message_read_status", [read(&last), doc! { "_id": id(10_000) }].into_iter().flatten().collect()).await;
    let world = World::options().empty().await;
    let report = imported(&older, &world).await;
    assert_eq!(counts(&report, "reads", "mended"), json!({ "TIME_FROM_TEXT": 1, "TIME_FROM_ID": 1 }));

    world.restart().await;
    let ann = signed_in(&world, "ann@example.test").await;
    let messages = ann.get("/api/messages?limit=100&room_id=1").await.is(200);
    assert_eq!(of(&messages, "created_at"), [50, 51, 9_500].map(shown), "none is put behind a mark that came later");
    // When they last read on.
    assert_eq!(messages.list("messages")[2]["read_by"][0]["read_at"], shown(10_000));
    older.end().await;
}

/// Rooms and friendships of the pair and of others, of all of which one time or the other is none.
async fn people_without_times(older: &mut Older) {
    pair(older).await;
    let others = [(3, "cid"), (4, "dan"), (5, "eve")];
    for (id, name) in others {
        older.user(id, &format!("{name}@example.test"), &format!("'{name}', '{name}', NULL, 1"), 0).await;
    }
    older.set("users", 1, &format!("created_at = {}", at(5))).await;
    older.set("users", 2, &format!("created_at = {}", at(FUTURE))).await;
    older.set("users", 3, &format!("created_at = NULL, updated_at = {}", at(30))).await;
    older.set("users", 4, &format!("created_at = NULL, updated_at = {}", at(20_000))).await;
    older.set("users", 5, "created_at = NULL").await;
    older.room(2, [1, 3], 40).await;
    older.set("chat_rooms", 2, &format!("created_at = {}, updated_at = {}", at(FUTURE), at(20_000))).await;
    older.room(3, [1, 4], 40).await;
    older.set("chat_rooms", 3, "created_at = NULL").await;
    older.friendship([1, 2], "accepted", [41, 42], None).await;
    older.set("friendships", 1, "created_at = NULL").await;
    older.friendship([1, 5], "accepted", [FUTURE, FUTURE], None).await;
    older.friendship([3, 1], "accepted", [43, 44], Some(FUTURE)).await;
    for (room, seconds) in [(1, 50), (2, 51), (3, 52)] {
        older.say(1, room, &format!("in {room}"), seconds, doc! {}).await;
    }
}

#[tokio::test]
async fn people_and_rooms_without_a_time_are_there_before_what_happens_among_them() {
    let Some(mut older) = Older::begin().await else { return };
    people_without_times(&mut older).await;
    let world = World::options().empty().await;
    let report = imported(&older, &world).await;
    assert_eq!(counts(&report, "users", "mended"), json!({ "NO_TIME": 3, "FUTURE_TIME": 1 }));
    assert_eq!(counts(&report, "rooms", "mended"), json!({ "NO_TIME": 1, "FUTURE_TIME": 1 }));
    assert_eq!(counts(&report, "friendships", "mended"), json!({ "NO_TIME": 1, "FUTURE_TIME": 2 }));

    world.restart().await;
    let ann = signed_in(&world, "ann@example.test").await;
    for (room, seconds) in [(1, 50), (2, 51), (3, 52)] {
        let messages = ann.get(&format!("/api/messages?limit=100&room_id={room}")).await.is(200);
        assert_eq!(of(&messages, "created_at"), [shown(seconds)], "in {room}");
    }
    // As it says; by a room; twice as early as anything, as their rooms do not say when; and once for want of all.
    for (user, seconds) in [(1, 5), (2, 10), (3, 5), (4, 5), (5, 5)] {
        let found = ann.get(&format!("/api/users/{user}")).await.is(200);
        assert_eq!(found.str("created_at"), shown(seconds), "{user}");
    }
    let friends = ann.get("/api/friends").await.is(200);
    let mut names: Vec<_> = friends.list("friends").iter().map(|friend| friend["nickname"].clone()).collect();
    names.sort_by_key(Value::to_string);
    assert_eq!(names, ["Bob", "eve"]);
    older.end().await;
}
