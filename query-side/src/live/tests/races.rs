//! Streams that are opened in the middle of everything, again and again.

use std::sync::Arc;
use std::time::Duration;

use domain::{Position, UserId, Version};

use crate::Positions;
use crate::live::given::{ANN, BOB, CID, Heard, House, of, room, until};

/// A small generator: the same seed makes the same race.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    async fn pause(&mut self) {
        match self.throw(4) {
            0 => tokio::time::sleep(Duration::from_micros(self.throw(3_000))).await,
            1 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

/// Writes in both rooms; the read models follow in leaps, somewhat behind.
async fn write(house: Arc<House>, mut dice: Dice, events: u64) {
    for n in 0..events {
        let at = room(u128::from(1 + dice.throw(2)));
        match dice.throw(6) {
            0 => house.read(at, CID, 1),
            _ => drop(house.send(at, &n.to_string())),
        }
        if dice.throw(3) == 0 {
            let applied: Position = *house.applied.borrow();
            let behind = house.head() - applied;
            house.applied.send_replace(applied + dice.throw(behind + 1));
        }
        dice.pause().await;
    }
    house.apply();
}

/// Follows room 1 with connections that break again and again, up to the end; the versions it was sent.
async fn follow(house: Arc<House>, live: Arc<crate::live::Live>, mut dice: Dice) -> Vec<Version> {
    let (mut seen, mut is_over) = (vec![1], false);
    while !is_over {
        let last = *seen.last().expect("some");
        let mut stream = live.room(of(BOB), room(1), Some(last)).await.expect("a stream");
        for _ in 0..=dice.throw(12) {
            let text = tokio::time::timeout(Duration::from_millis(20), stream.next()).await;
            let Ok(Some(text)) = text else { break };
            let heard = crate::live::given::frames(&text);
            assert!(heard.iter().all(|heard| heard.event != "reset"), "{heard:?}");
            let sent = heard.iter().filter(|heard| heard.event == "new_message");
            seen.extend(sent.map(Heard::version));
            is_over |= heard.iter().any(|heard| heard.data["content"] == "end");
            dice.pause().await;
        }
    }
    assert_eq!(house.counts.resets(), 0);
    seen
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_and_nothing_comes_twice_whenever_one_subscribes() {
    for seed in 1..40 {
        let house = House::new();
        for at in 1..=2 {
            house.open(room(at), &[ANN, BOB, CID]);
        }
        house.apply();
        let live = house.live().await;
        let follower = tokio::spawn(follow(house.clone(), live, Dice(seed * 7)));
        write(house.clone(), Dice(seed), 120).await;
        house.send(room(1), "end");
        house.apply();
        let seen = follower.await.expect("a follower");
        assert_eq!(seen, (1..=*seen.last().expect("some")).collect::<Vec<_>>(), "seed {seed}");
    }
}

/// Listens to all rooms with connections that break again and again; contents in the order in which they came.
async fn listen(live: Arc<crate::live::Live>, user: UserId, mut dice: Dice) -> Vec<String> {
    let (mut seen, mut last) = (vec![], Positions::of(0, 2));
    while seen.last().is_none_or(|content| content != "end") {
        let mut stream = live.rooms(of(user), Some(last.clone())).expect("a stream");
        for _ in 0..=dice.throw(12) {
            let text = tokio::time::timeout(Duration::from_millis(20), stream.next()).await;
            let Ok(Some(text)) = text else { break };
            for heard in crate::live::given::frames(&text) {
                assert_ne!(heard.event, "reset");
                last = heard.id.as_deref().map_or(last, |id| id.parse().expect("positions"));
                seen.extend(heard.data["content"].as_str().map(str::to_owned));
            }
            dice.pause().await;
        }
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_and_nothing_comes_twice_of_many_rooms() {
    for seed in 1..40 {
        let house = House::new();
        for at in 1..=2 {
            house.open(room(at), &[ANN, BOB, CID]);
        }
        house.apply();
        let live = house.live().await;
        let listener = tokio::spawn(listen(live, BOB, Dice(seed * 7)));
        write(house.clone(), Dice(seed), 120).await;
        house.send(room(1), "end");
        house.apply();
        let seen = listener.await.expect("a listener");
        let all = house.contents();
        assert_eq!(seen, all, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_is_removed_in_the_middle_hears_nothing_of_what_comes_after() {
    for seed in 1..40 {
        let house = House::new();
        for at in 1..=2 {
            house.open(room(at), &[ANN, BOB, CID]);
        }
        house.apply();
        let live = house.live().await;
        let writer = tokio::spawn({
            let house = house.clone();
            async move {
                write(house.clone(), Dice(seed), 30).await;
                let (_, removal) = house.remove(room(1), BOB);
                write(house, Dice(seed + 1), 30).await;
                removal
            }
        });
        let mut dice = Dice(seed * 3);
        for _ in 0..dice.throw(20) {
            dice.pause().await;
        }
        let heard = match live.room(of(BOB), room(1), Some(1)).await {
            Ok(mut stream) => until(&mut stream, |heard| heard.event == "closed").await,
            Err(_) => vec![],
        };
        let removal = writer.await.expect("a writer");
        let last = heard.iter().filter(|heard| heard.id.is_some()).map(Heard::version).max().unwrap_or(0);
        assert!(last <= removal, "seed {seed}: {last} after {removal}");
    }
}
