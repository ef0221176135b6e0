//! How long appends take: `cargo test --release -p tests --test suite -- --ignored --nocapture timing`, beside
//! `pgbench -n -c 1 -T 5 -f <(echo "INSERT INTO one_row (payload) VALUES ('…')")` on the same server.

use std::time::Duration;

use command_side::ports::{Append as _, Item};
use tokio::time::Instant;

use super::super::given::{item, keyed, somebody, stream};
use super::*;

type Batches = fn(usize) -> Vec<Item>;

/// A batch of one event for each of `count` fresh streams.
fn fresh(count: usize) -> Vec<Item> {
    (0..count).map(|_| item(stream(), 0, 1)).collect()
}

fn with_keys(count: usize) -> Vec<Item> {
    (0..count).map(|_| keyed(somebody(), 1)).collect()
}

fn with_a_conflict(count: usize) -> Vec<Item> {
    let mut batch = fresh(count);
    batch[count / 2].expected = 7;
    batch
}

/// The median and the 99th percentile, in milliseconds.
async fn took(store: &PostgresEventStore, times: usize, batch: impl Fn() -> Vec<Item>) -> (f64, f64) {
    let mut all: Vec<Duration> = vec![];
    for _ in 0..times {
        let batch = batch();
        let began = Instant::now();
        store.append(&batch).await.expect("the store is there");
        all.push(began.elapsed());
    }
    all.sort_unstable();
    let at = |part: usize| all[(all.len() - 1) * part / 100].as_secs_f64() * 1000.0;
    (at(50), at(99))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn how_long_appends_take() {
    let Some(database) = Database::new().await else { return };
    let store = database.store().await;
    took(&store, 20, || fresh(200)).await;
    let ways: [(&str, usize, Batches); 7] = [
        ("1 item", 1, fresh),
        ("1 item with a key", 1, with_keys),
        ("10 items", 10, fresh),
        ("200 items", 200, fresh),
        ("200 items with keys", 200, with_keys),
        ("200 items, one in conflict", 200, with_a_conflict),
        ("1000 items", 1000, fresh),
    ];
    for (name, count, batch) in ways {
        let times = if count == 1 { 2000 } else { 200 };
        let (median, slow) = took(&store, times, || batch(count)).await;
        println!("{name:30} median {median:8.3} ms   p99 {slow:8.3} ms");
    }
}
