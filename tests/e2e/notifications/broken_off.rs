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
pub(crate) fn is_whole(told: &[Value], rooms: &[Room]) -> bool {
    let counts = counted(told);
    let both = rooms.iter().flat_map(|room| ["room_invited", "message"].map(|kind| (kind.to_owned(), room.id.clone())));
    counts.len() == 2 * rooms.len() && both.into_iter().all(|one| counts.get(&one) == Some(&1))
}

pub(crate) async fn speak(ann: &Person, others: &[&Person]) -> Vec<Room> {
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

/// Three messages a group: the third comes to mention both others by an edit, and the first is deleted.
pub(crate) async fn change_their_minds(ann: &Person, others: [&Person; 2]) -> Vec<Room> {
    let mut rooms = vec![];
    for n in 0..GROUPS {
        let room = ann.group(&format!("c{n}"), &others).await;
        let sent = ann.send_all(&room, (0..3).map(|n| n.to_string())).await;
        ann.edit(&sent[2], &format!("@{} @{}", others[0].username, others[1].username)).await;
        ann.unsend(&sent[0]).await;
        rooms.push(room);
    }
    rooms
}

/// Of each group: the invitation and the mention once; the message twice, and once unread.
pub(crate) fn is_settled(told: &[Value], rooms: &[Room]) -> bool {
    let unread: Vec<_> = told.iter().filter(|one| one["is_read"] == false).cloned().collect();
    [(told, 2), (&unread, 1)].iter().all(|(told, messages)| {
        let counts = counted(told);
        counts.len() == 3 * rooms.len()
            && rooms.iter().all(|room| {
                [("room_invited", 1), ("mention", 1), ("message", *messages)]
                    .into_iter()
                    .all(|(kind, count)| counts.get(&(kind.to_owned(), room.id.clone())) == Some(&count))
            })
    })
}

#[tokio::test]
async fn killed_in_the_middle_of_edits_and_deletions_it_comes_to_the_same() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let mut rooms = vec![];
    for pause in [0, 20, 80] {
        rooms.extend(change_their_minds(&ann.reconnected(), [&bob, &cid]).await);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        world.kill();
        world.restart().await;
    }
    for who in [bob.reconnected(), cid.reconnected()] {
        world::eventually("all is settled", async || is_settled(&who.all_pages().await, &rooms).then_some(())).await;
    }
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
