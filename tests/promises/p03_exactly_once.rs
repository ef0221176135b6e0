//! Promise 3: every event takes effect exactly once in every read model, whichever process dies at whichever moment.

use super::ledger;
use super::storm::{Storm, Weather};
use std::collections::HashSet;
use world::World;

#[tokio::test]
async fn promise_03_nothing_lost_nothing_twice_through_kills_under_load() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (one, two) = (ann.group("one", &[&bob, &cid]).await, ann.direct(&bob).await);
    for round in 0..12 {
        let storm = Storm::brew(&round.to_string(), Weather::Changing, &[&ann, &bob], &[&one, &two, &one]);
        // Sometimes in the first batches after a start, sometimes later.
        storm.acknowledged(10 + round * 15).await;
        world.kill();
        storm.settle().await;
        world.restart().await;
    }
    let ann = ann.reconnected();
    ann.send(&two, "the last one").await;
    for model in ["directory", "timeline"] {
        let verified = world.run(["verify", model, "--json"]).await.succeeded().json();
        assert_eq!((&verified["model"], &verified["equal"]), (&model.into(), &true.into()), "{verified}");
        assert!(verified["rows"].as_u64().expect("rows") > 0, "{verified}");
    }
    let mut count = 0;
    for room in [&one, &two] {
        let history = ann.history(room).await;
        let ids: HashSet<_> = history.iter().map(|message| message["id"].as_str().expect("an id")).collect();
        let versions: Vec<_> = history.iter().map(|message| message["version"].as_u64().expect("a version")).collect();
        assert_eq!(ids.len(), history.len(), "a message twice");
        assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
        assert_eq!(ann.timeline(room).await.u64("total_count"), history.len() as u64);
        count += history.len();
    }
    assert_eq!(ledger::count(&world, "MessageSent").await, i64::try_from(count).expect("a count"));
}

#[tokio::test]
async fn promise_03_nothing_lost_nothing_twice_when_killed_right_after_the_start() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for n in 0..8 {
        ann.reconnected().send_all(&room, (0..10).map(|m| format!("{n} {m}"))).await;
        world.kill();
        world.restart().await;
        world.kill();
        world.restart().await;
    }
    let expected: Vec<_> = (0..8).flat_map(|n| (0..10).map(move |m| format!("{n} {m}"))).collect();
    assert_eq!(ann.reconnected().contents(&room).await, expected);
    assert_eq!(ann.reconnected().timeline(&room).await.u64("total_count"), 80);
    assert_eq!(bob.reconnected().unread(&room).await, 80);
    world.run(["verify", "timeline"]).await.succeeded();
}
