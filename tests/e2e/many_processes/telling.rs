//! Several processes that tell people what concerns them, killed at will: whoever has the turn next begins behind where the last was.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;
use world::{Person, Room, World};

use super::{carrying, first};
use crate::e2e::notifications::broken_off::{change_their_minds, is_settled, is_whole, speak};

/// Before one is killed, in milliseconds: some while it has the turn, some when it has just gone to another.
const PAUSES: [u64; 8] = [300, 1_500, 6_500, 50, 7_000, 800, 6_000, 200];
/// Longer than a turn lasts without a sign of life.
const STANDING_STILL: Duration = Duration::from_secs(8);
/// Between two rounds, so that what is told stays within what an inbox keeps unread.
const BREATH: Duration = Duration::from_secs(2);

/// What was told of these rooms.
fn of(told: &[Value], rooms: &[Room]) -> Vec<Value> {
    let is_of = |one: &&Value| rooms.iter().any(|room| one["room_id"] == room.id.as_str());
    told.iter().filter(is_of).cloned().collect()
}

/// Rooms in which something was said, and those in which it was changed too.
async fn talk(ann: &Person, [bob, cid]: [&Person; 2], is_over: &AtomicBool) -> [Vec<Room>; 2] {
    let (mut said, mut changed) = (vec![], vec![]);
    while !is_over.load(Ordering::Relaxed) {
        said.extend(speak(ann, &[bob, cid]).await);
        sleep(BREATH).await;
        changed.extend(change_their_minds(ann, [bob, cid]).await);
        sleep(BREATH).await;
    }
    [said, changed]
}

/// Kills one after the other, and lets one in four only stand still and then go on.
async fn harm(tellers: &[World], is_over: &AtomicBool) {
    for (n, pause) in PAUSES.into_iter().enumerate() {
        sleep(Duration::from_millis(pause)).await;
        let teller = &tellers[n % tellers.len()];
        if n % 4 == 3 {
            teller.pause();
            sleep(STANDING_STILL).await;
            teller.resume();
        } else {
            teller.kill();
            teller.begin_again();
        }
    }
    is_over.store(true, Ordering::Relaxed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_of_them_is_killed_everything_is_told_once() {
    let edge = carrying("command,query,relay,projector").setting("CHAT_CONTEXTS", "user,friend,chat");
    let Some(edge) = first(edge).await else { return };
    let mut tellers = vec![];
    for _ in 0..3 {
        tellers.push(edge.beside(carrying("command,query").setting("CHAT_CONTEXTS", "notification")).await);
    }
    let [ann, bob, cid] = edge.people(["ann", "bob", "cid"]).await;
    let is_over = AtomicBool::new(false);
    let ([said, changed], ()) = tokio::join!(talk(&ann, [&bob, &cid], &is_over), harm(&tellers, &is_over));
    for teller in &tellers {
        teller.ready().await;
    }
    for who in [&bob, &cid] {
        let who = who.through(&[&tellers[0]]);
        world::eventually("everything is told once", async || {
            let told = who.all_pages().await;
            let (of_said, of_changed) = (of(&told, &said), of(&told, &changed));
            assert_eq!(told.len(), of_said.len() + of_changed.len());
            (is_whole(&of_said, &said) && is_settled(&of_changed, &changed)).then_some(())
        })
        .await;
    }
}
