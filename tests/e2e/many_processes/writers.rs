//! Several processes that write the same aggregates.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use world::{Person, Room, World};

use super::two;
use crate::promises::ledger;
use crate::promises::storm::{Storm, Weather};

/// What nobody takes for waiting, on a machine with much to do.
const AT_ONCE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_processes_write_to_one_room_has_no_hole_and_nothing_is_lost() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob] = one.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let writers = [&ann.through(&[&one]), &bob.through(&[&two])];
    let storm = Storm::brew("storm", Weather::Changing, &writers, &[&room, &room, &room]);
    storm.acknowledged(100).await;
    let tried = storm.settle().await;
    let refused: Vec<_> = tried.iter().filter(|attempt| attempt.acknowledged.is_none()).collect();
    assert!(refused.is_empty(), "conflicts are decided again: {refused:?}");
    let history = ann.history(&room).await;
    let ids: std::collections::BTreeSet<_> = history.iter().filter_map(|message| message["id"].as_str()).collect();
    assert_eq!(ids.len(), tried.len());
    assert!(tried.iter().all(|attempt| ids.contains(attempt.acknowledged.as_deref().unwrap_or_default())));
    ledger::has_no_holes(&one).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_hold_whichever_processes_race() {
    let Some([one, two]) = two().await else { return };
    let people = one.people(["ann", "bob", "cid", "dan", "eve", "fay"]).await;
    let message = {
        let room = people[0].group("g", &people[1..].iter().collect::<Vec<_>>()).await;
        people[0].send(&room, "react!").await
    };
    let at = |person: &Person, n: usize| person.through(&[[&one, &two][n % 2]]);
    let path = format!("/api/messages/{}/reactions/👍", message.str("id"));
    let reacting = people.iter().enumerate().map(|(n, person)| {
        let (person, path) = (at(person, n), &path);
        async move { person.mark(path).await.is(204) }
    });
    join_all(reacting).await;
    let reacted = ledger::count(&one, "ReactionAdded").await;
    assert_eq!(reacted, 6);
    for pair in people.chunks(2) {
        let (left, right) = (at(&pair[0], 0), at(&pair[1], 1));
        let (one_room, other_room) = tokio::join!(left.direct(&right), right.direct(&left));
        assert_eq!(one_room, other_room, "one room for a pair");
        let ask = |from: &Person, to: &Person| from.post("/api/friends/request", json!({ "to_user_id": to.id }));
        let (mine, yours) = tokio::join!(async { ask(&left, &right).await }, async { ask(&right, &left).await });
        assert_eq!(mine["id"], yours["id"], "two requests that cross are one friendship");
    }
    ledger::has_no_holes(&one).await;
}

/// The longest that one of so many sends took.
async fn slowest(person: &Person, room: &Room, count: usize) -> Duration {
    let mut slowest = Duration::ZERO;
    for n in 0..count {
        let begun = Instant::now();
        person.send(room, &format!("meanwhile {n}")).await;
        slowest = slowest.max(begun.elapsed());
    }
    slowest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_paused_in_the_middle_of_writing_stops_no_other() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob] = one.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let (paused, other) = (ann.through(&[&one]), bob.through(&[&two]));
    let storm = Storm::brew("storm", Weather::Sending, &[&paused, &paused, &paused], &[&room]);
    storm.acknowledged(30).await;
    for round in 0..8 {
        // At another moment of its work each time.
        tokio::time::sleep(Duration::from_millis(13 * round)).await;
        one.pause();
        let slowest = slowest(&other, &room, 10).await;
        one.resume();
        assert!(slowest < AT_ONCE, "in round {round} one took {slowest:?}");
        storm.acknowledged(10).await;
    }
    let tried = storm.settle().await;
    assert!(tried.iter().all(|attempt| attempt.acknowledged.is_some()), "whoever was paused has only waited");
    ledger::has_no_holes(&one).await;
    everything_is_there(&two, &bob, &room, tried.len() + 80).await;
}

async fn everything_is_there(world: &World, person: &Person, room: &Room, count: usize) {
    let person = person.through(&[world]);
    world::eventually("all is to be read", async || (person.history(room).await.len() == count).then_some(())).await;
}
