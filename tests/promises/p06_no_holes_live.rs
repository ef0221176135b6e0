//! Promise 6: a live stream has no holes, across reconnects with `Last-Event-ID` of any age.

use super::storm::{Storm, Weather};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use world::{Deaf, Frame, Person, Room, Stream, World};

/// Somebody who follows a room with connections that break again and again.
struct Restless {
    person: Person,
    room: Room,
    /// Where the room has come to, once that is known.
    head: Arc<AtomicU64>,
    seen: Vec<Frame>,
    last: String,
}

impl Restless {
    async fn follow(mut self) -> Vec<Frame> {
        let mut patience = 1;
        while self.last.parse::<u64>().expect("a version") < self.head.load(Ordering::Relaxed) {
            // Sometimes one frame a connection, sometimes many.
            patience = patience * 7 % 41;
            let call = self.person.reconnected().get(&self.room.stream()).unbound().header("Last-Event-ID", &self.last);
            match Stream::attempt(call).await {
                Ok(stream) => self.listen(stream, patience).await,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        self.seen
    }

    async fn listen(&mut self, mut stream: Stream, count: usize) {
        for _ in 0..=count {
            // Silence is checked against the head, which may have been reached.
            let Some(frame) = stream.within(Duration::from_millis(300)).await else { return };
            assert!(!["reset", "closed"].contains(&frame.event.as_str()), "{frame:?}");
            if let Some(id) = frame.id.as_ref().filter(|_| frame.event != "connected") {
                self.last.clone_from(id);
                self.seen.push(frame);
            }
        }
    }
}

#[tokio::test]
async fn promise_06_no_holes_live_across_reconnects_kills_and_restarts() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.group("g", &[&bob, &cid]).await;
    let start = ann.room(&room).await.u64("version");
    let head = Arc::new(AtomicU64::new(u64::MAX));
    let followers = [&ann, &cid].map(|person| {
        let (person, room, head) = (person.clone(), room.clone(), head.clone());
        tokio::spawn(Restless { person, room, head, seen: Vec::new(), last: start.to_string() }.follow())
    });
    for round in 0..4 {
        let storm = Storm::brew(&round.to_string(), Weather::Changing, &[&ann, &bob], &[&room, &room]);
        storm.acknowledged(100).await;
        world.kill();
        storm.settle().await;
        world.restart().await;
    }
    let end = ann.reconnected().room(&room).await.u64("version");
    head.store(end, Ordering::Relaxed);
    for follower in followers {
        let seen = follower.await.expect("a follower");
        let versions: Vec<_> = seen.iter().map(Frame::version).collect();
        assert_eq!(versions, (start + 1..=end).collect::<Vec<_>>());
        for event in ["new_message", "message_edited", "message_deleted", "reaction"] {
            assert!(seen.iter().any(|frame| frame.event == event), "no {event}");
        }
    }
}

#[tokio::test]
async fn promise_06_no_holes_live_for_one_stream_that_just_listens() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.group("g", &[&bob, &cid]).await;
    let start = ann.room(&room).await.u64("version");
    let mut stream = cid.follow_from_now(&room).await;
    let storm = Storm::brew("storm", Weather::Changing, &[&ann, &bob], &[&room, &room, &room]);
    let mut expected = start;
    while expected < start + 1_000 {
        let frame = stream.next().await.expect("the stream goes on");
        if frame.id.is_some() {
            expected += 1;
            assert_eq!(frame.version(), expected, "{frame:?}");
        }
    }
    storm.settle().await;
}

#[tokio::test]
async fn promise_06_no_holes_live_means_that_one_who_does_not_read_is_let_go_and_others_go_on() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.group("g", &[&bob, &cid]).await;
    let start = ann.room(&room).await.u64("version");
    let deaf = Deaf::follow(&bob, &room).await;
    let mut awake = cid.follow_from_now(&room).await;
    let long = "𝄞".repeat(4_000);
    let (long, writer, target) = (&long, &ann, &room);
    let listening = async {
        let mut expected = start;
        while expected < start + 1_600 {
            let frame = awake.next().await.expect("the stream goes on");
            if frame.id.is_some() {
                expected += 1;
                assert_eq!(frame.version(), expected);
            }
        }
    };
    let writing = async {
        let writers = (0..16).map(async |_| {
            for _ in 0..100 {
                writer.send(target, long).await;
            }
        });
        futures::future::join_all(writers).await;
    };
    tokio::join!(listening, writing);

    let got = deaf.wake().await;
    let last = got.lines().rev().find_map(|line| line.strip_prefix("id:")).map_or(start, |id| {
        // The last line may be cut off.
        id.trim().parse().unwrap_or(start)
    });
    assert!(last < start + 1_600, "it was not slow enough to matter");
    // Coming back it gets the rest.
    let mut again = bob.follow_after(&room, &(start + 1_590).to_string()).await;
    for version in start + 1_591..=start + 1_600 {
        assert_eq!(again.until("new_message").await.version(), version);
    }
}
