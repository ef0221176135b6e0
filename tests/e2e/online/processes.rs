//! Presence across processes.

use std::time::Instant;

use serde_json::{Value, json};
use world::{Person, World};

use super::{LIFE, SOON, beat, follow, hears, is_online, short};

/// Two processes; none, said aloud, where there are no servers to share.
async fn two() -> Option<[World; 2]> {
    if !world::is_distributed() {
        world::skipped("a data folder is served by one process: ./test --stack online");
        return None;
    }
    let one = short().start().await;
    let two = one.beside(short()).await;
    Some([one, two])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_one_process_is_seen_in_the_other() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob] = one.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let there = ann.through(&[&two]);
    let mut live = follow(&there).await;
    beat(&bob).await;
    assert!(is_online(&there, &bob).await);
    hears(&mut live, &bob, true).await;
    bob.act("/api/auth/logout").await.is(200);
    assert!(!is_online(&there, &bob).await);
    hears(&mut live, &bob, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_connected_to_a_process_that_is_killed_is_gone_after_their_time() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob] = one.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let mut live = follow(&ann).await;
    let room = bob.direct(&ann).await;
    let open = bob.through(&[&two]).follow_from_now(&room).await;
    hears(&mut live, &bob, true).await;
    assert_eq!(live.within(2 * LIFE).await, None, "the stream is open");
    let begun = Instant::now();
    two.kill();
    hears(&mut live, &bob, false).await;
    let took = begun.elapsed();
    assert!(took >= LIFE / 3 && took < LIFE + SOON, "{took:?}");
    drop(open);
}

/// How somebody stands by what the brokers were told last.
fn told(world: &World, person: &Person) -> Option<Value> {
    world.premises().expect("on the real servers").last_record("user.online_status", &person.id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_read_from_the_topic_how_somebody_stands() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob] = one.people(["ann", "bob"]).await;
    for awaited in [true, false] {
        if awaited {
            beat(&bob.through(&[&two])).await;
        }
        world::eventually("it is told", async || {
            let last = told(&one, &bob)?;
            (last["is_online"] == awaited && last["user_id"] == json!(bob.id)).then_some(())
        })
        .await;
    }
    assert_eq!(told(&one, &ann), None, "she gave no sign");
}
