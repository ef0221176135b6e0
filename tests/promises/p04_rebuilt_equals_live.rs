//! Promise 4: a read model is a function of the events.

use super::ledger;
use super::storm::{Storm, Weather};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use world::{Person, Room, World};

/// Somebody who reads a quiet room again and again, and always finds all of it.
struct Reader {
    stop: Arc<AtomicBool>,
    reading: JoinHandle<usize>,
}

impl Reader {
    fn of(person: &Person, room: &Room, count: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (person, room, ended) = (person.reconnected(), room.clone(), stop.clone());
        let reading = tokio::spawn(async move {
            let mut reads = 0;
            while !ended.load(Ordering::Relaxed) {
                let page = person.timeline(&room).await;
                assert_eq!(page.u64("total_count"), count, "half done: {}", page.story());
                assert_eq!(page.list("messages").len() as u64, count.min(100));
                let rooms = person.get("/api/chat-rooms").await.is(200);
                assert!(rooms.bare_list().len() >= 2, "half done: {}", rooms.story());
                reads += 1;
            }
            reads
        });
        Self { stop, reading }
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        assert!(self.reading.await.expect("the reader found everything") > 0);
    }
}

async fn verified(world: &World) {
    for model in ["directory", "timeline"] {
        let outcome = world.run(["verify", model, "--json"]).await.succeeded();
        assert_eq!(outcome.json()["equal"], true, "{outcome:?}");
    }
}

async fn filled(world: &World, count: usize) -> (Person, Person, Room, Room) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (quiet, busy) = (ann.group("quiet", &[&bob]).await, ann.direct(&bob).await);
    let tenth = count / 10;
    let writers = (0..10).map(|n| ann.send_all(&quiet, (0..tenth).map(move |m| format!("{n} {m}"))));
    futures::future::join_all(writers).await;
    (ann, bob, quiet, busy)
}

#[tokio::test]
async fn promise_04_rebuilt_equals_live_while_people_write_and_read() {
    let world = World::start().await;
    let (ann, bob, quiet, busy) = filled(&world, 1_000).await;
    let mut live = bob.follow_from_now(&quiet).await;
    let storm = Storm::brew("storm", Weather::Changing, &[&ann, &bob], &[&busy]);
    let reader = Reader::of(&ann, &quiet, 1_000);
    for model in ["timeline", "directory", "timeline"] {
        let (rebuilt, ()) = tokio::join!(world.run(["rebuild", model]), storm.acknowledged(20));
        rebuilt.succeeded();
        // Verified while the system runs.
        world.run(["verify", model]).await.succeeded();
    }
    reader.stop().await;
    storm.settle().await;
    verified(&world).await;
    while let Some(frame) = live.within(Duration::from_millis(200)).await {
        assert_eq!(frame.event, "messages_read", "a rebuild sends nothing: {frame:?}");
    }
    ann.send(&quiet, "after the rebuild").await;
    assert_eq!(bob.timeline(&quiet).await.u64("total_count"), 1_001);
    live.until("new_message").await;
}

#[tokio::test]
async fn promise_04_rebuilt_equals_live_after_a_rebuild_was_killed_in_the_middle() {
    let world = World::start().await;
    let (ann, _, quiet, _) = filled(&world, 2_000).await;
    let reader = Reader::of(&ann, &quiet, 2_000);
    for millis in [5, 20, 50, 100, 200] {
        let mut rebuild = world.command(&["rebuild", "timeline"]).spawn().expect("a rebuild starts");
        tokio::time::sleep(Duration::from_millis(millis)).await;
        rebuild.kill().expect("it is ours");
        rebuild.wait().expect("it ends");
        world.run(["verify", "timeline"]).await.succeeded();
    }
    world.run(["rebuild", "timeline"]).await.succeeded();
    reader.stop().await;
    verified(&world).await;
}

#[tokio::test]
async fn promise_04_rebuilt_equals_live_when_the_server_was_killed_during_the_rebuild() {
    let world = World::start().await;
    let (ann, bob, quiet, busy) = filled(&world, 500).await;
    for _ in 0..3 {
        let storm = Storm::brew("storm", Weather::Changing, &[&ann, &bob], &[&busy]);
        let rebuild = world.run(["rebuild", "timeline"]);
        let killing = async {
            storm.acknowledged(10).await;
            world.kill();
            storm.settle().await;
            world.restart().await;
        };
        let (rebuilt, ()) = tokio::join!(rebuild, killing);
        // With the server away it may give up, but must not leave anything half done.
        assert!(rebuilt.code >= 0, "{rebuilt:?}");
        verified(&world).await;
        assert_eq!(ann.reconnected().timeline(&quiet).await.u64("total_count"), 500);
    }
}

#[tokio::test]
async fn promise_04_rebuilt_equals_live_or_verify_says_where_not() {
    if world::is_distributed() {
        return world::skipped(
            "it changes files of the embedded mode; contract::verify changes rows of the real servers",
        );
    }
    let world = World::start().await;
    let (ann, _, quiet, _) = filled(&world, 20).await;
    ann.contents(&quiet).await;
    for (model, change) in [
        ("timeline", "UPDATE messages SET content = 'tampered' WHERE number = 7"),
        ("directory", "UPDATE users SET nickname = 'tampered'"),
    ] {
        for file in ledger::models(&world, model) {
            let mut model = ledger::open(&file).await;
            sqlx::query(change).execute(&mut model).await.expect("a row is changed");
        }
        let outcome = world.run(["verify", model, "--json"]).await;
        assert_eq!(outcome.code, 1, "{outcome:?}");
        let verdict = outcome.json();
        assert_eq!(verdict["equal"], false);
        assert!(!verdict["differences"].as_array().expect("differences").is_empty(), "{verdict}");
        world.run(["rebuild", model]).await.succeeded();
    }
    verified(&world).await;
}
