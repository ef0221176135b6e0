//! Many streams at the same time, on several threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Version;

use crate::live::given::{ANN, BOB, Heard, House, frames, of, room};
use crate::live::{Live, Subscription};

const MESSAGES: u64 = 2_000;
/// How far the writer may be ahead of anybody: fewer than a room keeps, so that only a wake-up that gets lost makes one too slow.
const AHEAD: u64 = 200;

async fn stream(live: &Live) -> Subscription {
    let mut stream = live.room(of(BOB), room(1), None).await.expect("a stream");
    assert!(stream.next().await.expect("a text").windows(9).any(|part| part == b"connected"));
    stream
}

/// Everything up to the last message, in real time: a wake-up that gets lost is a stream that stands still.
async fn hear(mut stream: Subscription, progress: Arc<AtomicU64>) -> Vec<Version> {
    let mut seen = vec![1];
    while *seen.last().expect("some") <= MESSAGES {
        let text = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.expect("it stands still");
        seen.extend(frames(&text.expect("it goes on")).iter().map(Heard::version));
        progress.store(*seen.last().expect("some"), Ordering::Relaxed);
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_in_a_crowd_misses_anything() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.apply();
    let live = house.live().await;
    let progress: Vec<_> = (0..50).map(|_| Arc::new(AtomicU64::new(0))).collect();
    let mut crowd = vec![];
    for progress in progress.clone() {
        crowd.push(tokio::spawn(hear(stream(&live).await, progress)));
    }
    let writer = tokio::spawn({
        let house: Arc<House> = house.clone();
        async move {
            for n in 0..MESSAGES {
                house.send(room(1), &n.to_string());
                while progress.iter().any(|seen| seen.load(Ordering::Relaxed) + AHEAD < n) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    });
    for one in crowd {
        assert_eq!(one.await.expect("a listener"), (1..=MESSAGES + 1).collect::<Vec<_>>());
    }
    writer.await.expect("a writer");
    assert_eq!((house.counts.resets(), house.counts.open()), (0, 0));
}
