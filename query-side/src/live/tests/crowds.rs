//! Many streams at the same time, on several threads.

use std::sync::Arc;
use std::time::Duration;

use domain::Version;

use crate::live::given::{ANN, BOB, Heard, House, frames, of, room};
use crate::live::{Live, Subscription};

const MESSAGES: u64 = 2_000;

async fn stream(live: &Live) -> Subscription {
    let mut stream = live.room(of(BOB), room(1), None).await.expect("a stream");
    assert!(stream.next().await.expect("a text").windows(9).any(|part| part == b"connected"));
    stream
}

/// Everything up to the last message, in real time: a wake-up that gets lost is a stream that stands still.
async fn hear(mut stream: Subscription) -> Vec<Version> {
    let mut seen = vec![1];
    while *seen.last().expect("some") <= MESSAGES {
        let text = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.expect("it stands still");
        seen.extend(frames(&text.expect("it goes on")).iter().map(Heard::version));
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_in_a_crowd_misses_anything() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.apply();
    let live = house.live().await;
    let mut crowd = vec![];
    for _ in 0..50 {
        crowd.push(tokio::spawn(hear(stream(&live).await)));
    }
    let writer = tokio::spawn({
        let house: Arc<House> = house.clone();
        async move {
            for n in 0..MESSAGES {
                house.send(room(1), &n.to_string());
                if n % 20 == 0 {
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
