//! A process that is killed in the middle: nothing is told twice, and nothing is lost.

use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use world::{Person, Room, World};

/// Groups of three that Ann opens, and in which she speaks.
const GROUPS: usize = 12;

/// How often somebody is told of each thing.
fn counted(told: &[Value]) -> HashMap<(String, String), usize> {
    let mut counts = HashMap::new();
    for one in told {
        let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
        *counts.entry((text("type"), text("room_id"))).or_default() += 1;
    }
    counts
}

/// Told of each group once that they are in it and once that something was said there.
fn is_whole(told: &[Value], rooms: &[Room]) -> bool {
    let counts = counted(told);
    let both = rooms.iter().flat_map(|room| ["room_invited", "message"].map(|kind| (kind.to_owned(), room.id.clone())));
    counts.len() == 2 * rooms.len() && both.into_iter().all(|one| counts.get(&one) == Some(&1))
}

async fn speak(ann: &Person, others: &[&Person]) -> Vec<Room> {
    let mut rooms = vec![];
    for n in 0..GROUPS {
        let room = ann.group(&format!("g{n}"), others).await;
        ann.send_all(&room, (0..3).map(|n| n.to_string())).await;
        rooms.push(room);
    }
    rooms
}

#[tokio::test]
async fn killed_in_the_middle_nothing_is_told_twice_and_nothing_is_lost() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let mut rooms = vec![];
    for pause in [0, 15, 60, 150] {
        rooms.extend(speak(&ann.reconnected(), &[&bob, &cid]).await);
        // Somewhere between what happened and what is told of it.
        tokio::time::sleep(Duration::from_millis(pause)).await;
        world.kill();
        world.restart().await;
    }
    for who in [bob.reconnected(), cid.reconnected()] {
        let told = who.all_pages().await;
        world::eventually("everything is told", async || is_whole(&who.all_pages().await, &rooms).then_some(())).await;
        assert!(counted(&told).values().all(|count| *count == 1), "{:?}", counted(&told));
    }
    assert!(ann.reconnected().notifications().await.is_empty());
}

#[tokio::test]
async fn a_rebuild_tells_nobody_anything_and_gives_the_same() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let rooms = speak(&ann, &[&bob, &cid]).await;
    world::eventually("everything is told", async || is_whole(&bob.all_pages().await, &rooms).then_some(())).await;
    bob.reads(&bob.notifications().await[0]).await;
    let before = bob.all_pages().await;
    let mut stream = bob.follow_notifications().await;
    world.run(["rebuild", "directory"]).await.succeeded();
    world.run(["verify", "directory"]).await.succeeded();
    assert_eq!(bob.all_pages().await, before);
    assert_eq!(stream.within(Duration::from_millis(300)).await, None);
}
