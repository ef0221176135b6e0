//! Nothing that somebody had entered stands anywhere any more.

use super::super::images::portrait;
use super::gone;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Executor as _};
use std::path::Path;
use world::{PASSWORD, Person, Room, Traces, World, eventually};

/// Images of who is gone are taken away by a sweep, which goes round each second here.
async fn house() -> World {
    World::options().setting("CHAT_IMAGE_GRACE", "1s").start().await
}

/// What somebody left behind.
struct Life {
    group: Room,
    /// Where their picture is.
    image: String,
    entered: Vec<String>,
}

/// Somebody enters whatever can be entered.
async fn a_life(ann: &Person, bob: &Person) -> Life {
    let login = json!({ "email": ann.email, "password": PASSWORD });
    ann.without_token().post("/api/auth/login", login).header("User-Agent", "zebra-client/7.31").await.is(200);
    let profile = json!({ "nickname": "Zoë Quagga-Okapi Hartebeest", "status_message": "counting 縞模様 stripes" });
    ann.patch("/api/profile", profile).await.is(200);
    let image = portrait(ann).await.is(200).str("image_url").to_owned();
    let request = json!({ "to_user_id": bob.id, "message": "remember the waterhole?" });
    ann.post("/api/friends/request", request).await.is(201);
    let (direct, group) = (ann.direct(bob).await, ann.group("Savanna planning", &[bob]).await);
    let long = format!("a very long tale {}", "of lions and hyenas ".repeat(150));
    let sent = ann.send(&direct, "meet me at the baobab").await;
    ann.edit(&sent, "meet me at the marula").await;
    ann.send(&group, &long).await;
    ann.send(&group, "un mot: zèbre ☂ тест, Xylophonist!").await;
    ann.send(&group, &format!("look at this, @{}", bob.username)).await;
    ann.unsend(&ann.send(&group, "never to be seen again").await).await;
    ann.patch(&group.path(""), json!({ "name": "Savanna planning, again" })).await.is(200);
    // The names that she gave stand in what is told of the room's past.
    ann.put(&group.path(&format!("/members/{}/role", bob.id)), json!({ "role": "admin" })).await.is(200);
    bob.patch(&group.path(""), json!({ "name": "named by bob" })).await.is(200);
    bob.send_all(&group, (0..30).map(|n| format!("an answer of bob's, the {n}th"))).await;
    let entered = [
        "zebra-client/7.31",
        "Zoë Quagga-Okapi Hartebeest",
        // As people and messages are found by it.
        "hartebeest",
        "xylophonist",
        "縞模様 stripes",
        "remember the waterhole?",
        "Savanna planning",
        "of lions and hyenas of lions",
        "meet me at the baobab",
        "meet me at the marula",
        "un mot: zèbre ☂ тест",
        "never to be seen again",
        &ann.email,
        &ann.username,
        image.rsplit('/').next().expect("a name").trim_end_matches(".jpg"),
    ];
    let entered = entered.map(str::to_owned).into();
    Life { group, image, entered }
}

async fn verified(world: &World) {
    for model in ["directory", "timeline"] {
        let outcome = world.run(["verify", model, "--json"]).await.succeeded();
        assert_eq!(outcome.json()["equal"], true, "{outcome:?}");
    }
}

async fn audited(world: &World, kind: &str, id: &str) {
    let file = world.data().join(format!("{kind}.jsonl"));
    let file = file.to_str().expect("a path");
    world.run(["audit", kind, id, "--export", file]).await.succeeded();
    world.run(["audit", "--check", file]).await.succeeded();
}

#[tokio::test]
async fn after_a_deletion_nothing_that_was_entered_stands_in_any_table_topic_snapshot_or_file() {
    let world = house().await;
    let [ann, bob] = world.people(["zebrafish", "bob"]).await;
    let Life { group, image, entered } = a_life(&ann, &bob).await;
    let traces = Traces::of(&entered);
    eventually("the read models have it", async || {
        let found = traces.found(&world).await;
        let stands = |text: &&String| found.iter().any(|place| place.starts_with(&format!("{text:?}")));
        (entered.iter().filter(stands).count() >= entered.len() - 3).then_some(())
    })
    .await;
    verified(&world).await;

    assert_eq!(world.anyone().get(&image).await.status, 200);
    gone(&world, &ann).await;
    let swept = async || (world.anyone().get(&image).await.status == 404).then_some(());
    eventually("the picture is taken away", swept).await;
    verified(&world).await;
    world.run(["rebuild", "timeline"]).await.succeeded();
    world.run(["rebuild", "directory"]).await.succeeded();
    verified(&world).await;
    audited(&world, "user", &ann.id).await;
    audited(&world, "room", &group.id).await;
    let others = bob.contents(&group).await.iter().filter(|text| text.contains("an answer of bob's")).count();
    assert_eq!(others, 30, "what others said stays");
    assert_eq!(bob.room(&group).await.str("name"), "named by bob");

    assert_eq!(world.stop().await, 0);
    let found = traces.found(&world).await;
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn without_a_rebuild_and_without_an_orderly_end_nothing_stands_anywhere_either() {
    let world = house().await;
    let [ann, bob] = world.people(["zebrafish", "bob"]).await;
    let Life { entered, .. } = a_life(&ann, &bob).await;
    gone(&world, &ann).await;
    // Nobody reads any more what was in the write-ahead logs of the read models; they are emptied with what comes next.
    world.kill();
    world.restart().await;
    assert_eq!(world.stop().await, 0);
    let found = Traces::of(&entered).found(&world).await;
    assert!(found.is_empty(), "{found:#?}");
}

/// Whoever reads older pages, as `verify` does, holds up that they are taken out of the write-ahead logs; not for longer than they read.
#[tokio::test]
async fn what_somebody_reads_meanwhile_goes_when_they_are_done_and_what_a_killed_verification_left_at_once() {
    if world::is_distributed() {
        return world::skipped("it is about the files of the embedded mode");
    }
    let world = house().await;
    let [ann, bob] = world.people(["zebrafish", "bob"]).await;
    let Life { entered, .. } = a_life(&ann, &bob).await;
    let left = world.data().join("read/timeline.verify.db");
    std::fs::write(&left, &entered[6]).expect("a file");
    let mut reading = Vec::new();
    for file in ["events.db", "read/timeline.1.db", "read/directory.1.db"] {
        reading.push(reader(&world.data().join(file)).await);
    }
    gone(&world, &ann).await;
    let traces = Traces::of(&entered);
    assert!(!traces.found(&world).await.is_empty(), "somebody still reads it");
    drop(reading);
    let nothing = async || traces.found(&world).await.is_empty().then_some(());
    eventually("nothing stands in the files", nothing).await;
    assert!(!left.exists());
}

/// Somebody who has begun to read a file.
async fn reader(file: &Path) -> SqliteConnection {
    let mut reader = SqliteConnectOptions::new().filename(file).read_only(true).connect().await.expect("a file");
    reader.execute("BEGIN").await.expect("a transaction");
    reader.execute("SELECT count(*) FROM sqlite_master").await.expect("a read");
    reader
}
