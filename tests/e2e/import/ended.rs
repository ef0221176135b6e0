//! An import that is ended (`kill -9`) goes on when it is begun again, and makes nothing twice.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use world::World;

use super::older::Older;
use super::{chat, signed_in};

const MESSAGES: i64 = 400;

async fn long(older: &mut Older) {
    chat(older).await;
    older.say_all((0..MESSAGES).map(|n| (1 + n % 2, 1 + (n / 2) % 2, format!("more {n}"), 100 + n / 3))).await;
}

/// Everything that was appended, by type.
async fn events(world: &World) -> Vec<(String, u64)> {
    let mut found = std::collections::BTreeMap::new();
    for event in world::events(world).await {
        *found.entry(event.event_type).or_insert(0) += 1;
    }
    found.into_iter().collect()
}

#[tokio::test]
async fn an_import_that_was_killed_makes_what_one_makes_that_was_not() {
    let Some(mut older) = Older::begin().await else { return };
    long(&mut older).await;
    let whole = World::options().empty().await;
    let begun = Instant::now();
    older.import(&whole).await.succeeded();
    let (took, expected) = (begun.elapsed(), events(&whole).await);
    let world = World::options().empty().await;
    let mut in_the_middle = 0;
    for n in 1..=8_u32 {
        let mut child = older.importing(&world).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        tokio::time::sleep(took.mul_f64(0.1 * f64::from(n)).max(Duration::from_millis(50))).await;
        in_the_middle += usize::from(child.try_wait().expect("a child").is_none());
        child.kill().ok();
        child.wait().expect("it ends");
    }
    let report = older.import(&world).await.succeeded().json();
    assert!(in_the_middle >= 2, "killed {in_the_middle} times in the middle of {took:?}");
    assert!(report["messages"]["there"].as_u64().is_some_and(|there| there > 0), "{report}");
    assert_eq!(events(&world).await, expected);
    let again = older.import(&world).await.succeeded().json();
    for kind in ["users", "friendships", "rooms", "messages", "reads"] {
        assert_eq!(again[kind]["appended"], 0, "{kind}: {again}");
    }
    assert_eq!(events(&world).await, expected);
    world.restart().await;
    let ann = signed_in(&world, "ann@example.test").await;
    let room = ann.get("/api/chat-rooms/check/2").await.is(200).str("id").to_owned();
    let shown = ann.get(&format!("/api/messages?room_id={room}&limit=100")).await.is(200);
    assert_eq!(shown["total_count"], json!(MESSAGES + 6));
    older.end().await;
}

#[tokio::test]
async fn what_came_since_is_brought_over_when_it_is_done_again() {
    let Some(mut older) = Older::begin().await else { return };
    let [edited, ..] = chat(&mut older).await;
    let world = World::options().empty().await;
    older.import(&world).await.succeeded();
    older.edit(&edited, "third and last", 203).await;
    older.user(7, "fay@example.test", "'fay', 'Fay', NULL, 1", 200).await;
    older.room(5, [7, 1], 201).await;
    older.say(7, 5, "hello", 202, mongodb::bson::doc! {}).await;
    let report = older.import(&world).await.succeeded().json();
    let appended = ["users", "friendships", "rooms", "messages"].map(|kind| report[kind]["appended"].clone());
    assert_eq!(appended, [json!(1), json!(0), json!(1), json!(2)], "{report}");
    world.restart().await;
    let ann = signed_in(&world, "ann@example.test").await;
    let shown = ann.get("/api/messages?limit=100&room_id=1").await.is(200);
    assert_eq!(shown.list("messages")[2]["content"], "third and last");
    older.end().await;
}

#[tokio::test]
async fn nothing_is_brought_to_where_people_have_written() {
    let Some(older) = Older::begin().await else { return };
    let world = World::start().await;
    world.person("ann").await;
    assert_eq!(world.stop().await, 0);
    let refused = older.import(&world).await;
    assert!(refused.code == 1 && refused.stderr.contains("import into an empty one"), "{refused:?}");
    older.end().await;
}

#[tokio::test]
async fn a_database_that_is_none_is_refused_and_one_without_messages_is_not() {
    let Some(mut older) = Older::begin().await else { return };
    older.user(1, "ann@example.test", "'ann', 'Ann', NULL, 1", 0).await;
    let world = World::options().empty().await;
    let refused = older.import_from(&world, "older_misspelt").await;
    let says = ["older_misspelt", "messages"].iter().all(|name| refused.stderr.contains(name));
    assert!(refused.code == 1 && says, "{refused:?}");
    let report = older.import(&world).await.succeeded().json();
    assert_eq!(report["users"]["appended"], 1, "{report}");
    older.end().await;
}
