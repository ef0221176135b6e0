//! Processes that end, and those that go on.

use std::time::{Duration, Instant};

use world::{Person, Room, World};

use super::{carrying, first};

/// A projector that ended well has handed its partitions over before it was gone.
const HANDED_OVER: Duration = Duration::from_secs(5);
/// One that was killed is given up after 6 s without a sign of life.
const GIVEN_UP: Duration = Duration::from_secs(20);

/// Writes and reads until what was written is read in time again; nothing fails meanwhile.
async fn fresh_again(person: &Person, room: &Room) -> Duration {
    let begun = Instant::now();
    loop {
        let sent = person.send(room, "is it seen?").await;
        // While it is stale even the room may not be there yet.
        let page = person.get(&format!("{}&limit=1", room.messages())).unbound().await;
        let profile = person.get("/api/profile").unbound().await;
        if page.header("Stale").is_none() && profile.header("Stale").is_none() {
            assert_eq!(page.is(200).list("messages")[0]["id"], sent["id"]);
            profile.is(200);
            return begun.elapsed();
        }
    }
}

/// Each partition of the log is written to.
async fn many_rooms(person: &Person, other: &Person) -> Vec<Room> {
    let mut rooms = Vec::new();
    for n in 0..6 {
        rooms.push(person.group(&n.to_string(), &[other]).await);
    }
    rooms
}

async fn without_a_projector(end: impl AsyncFnOnce(&World), bound: Duration) {
    let Some(edge) = first(carrying("command,query,relay,projector")).await else { return };
    let going = edge.beside(carrying("projector")).await;
    let [ann, bob] = edge.people(["ann", "bob"]).await;
    let rooms = many_rooms(&ann, &bob).await;
    let begun = Instant::now();
    end(&going).await;
    for room in &rooms {
        fresh_again(&ann, room).await;
    }
    assert!(begun.elapsed() < bound, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projector_that_is_asked_to_end_hands_its_partitions_over() {
    without_a_projector(async |going| assert_eq!(going.stop().await, 0, "{}", going.log()), HANDED_OVER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_partitions_of_a_projector_that_is_killed_are_taken_over() {
    without_a_projector(async |going| going.kill(), GIVEN_UP).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_ends_is_followed_by_another() {
    let Some(leading) = first(carrying("relay")).await else { return };
    let edge = leading.beside(carrying("command,query,projector")).await;
    let _standing_by = edge.beside(carrying("relay")).await;
    let [ann, bob] = edge.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let begun = Instant::now();
    assert_eq!(leading.stop().await, 0, "{}", leading.log());
    fresh_again(&ann, &room).await;
    assert!(begun.elapsed() < HANDED_OVER, "{:?}", begun.elapsed());
}
