//! A process that does not reach Redis, while the others do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use infra::adapters::notice::Notice as _;
use infra::adapters::postgres::PostgresNotice;
use infra::adapters::redis::{Redis, RedisNotes};
use parking_lot::Mutex;
use world::eventually;

use super::server::Keys;
use super::{HEAD, PARTITIONS, Process, everywhere, process};
use crate::contract::given::{somebody, stream};
use crate::contract::postgres::Database;

/// Nobody listens there.
const NOWHERE: &str = "redis://127.0.0.1:9";
/// Where the log ends after what was written.
const END: u64 = 20;

/// Two processes on one event store, of which the first does not reach Redis.
struct Apart {
    cut_off: Process,
    other: Process,
    notices: [Arc<PostgresNotice>; 2],
    _kept: (Database, Keys),
}

impl Apart {
    async fn new() -> Option<Self> {
        let (database, keys) = (Database::new().await?, Keys::rent()?);
        let notices =
            [database.store().await, database.store().await].map(|store| Arc::new(PostgresNotice::new(store)));
        let log = Arc::new(Mutex::new(Some(everywhere(PARTITIONS, HEAD))));
        let nowhere = Redis::at(NOWHERE, &keys.identity).expect("a URL of Redis");
        let one = process(&log, RedisNotes::new(nowhere, Some(notices[0].clone())));
        let other = process(&log, RedisNotes::new(keys.redis(None), Some(notices[1].clone())));
        // The notes begin where the log ends.
        let floor = async || Some(other.last(somebody()).await).filter(|last| *last == everywhere(PARTITIONS, HEAD));
        eventually("a floor", &floor).await;
        *log.lock() = Some(everywhere(PARTITIONS, END));
        eventually("the floor alone", &floor).await;
        Some(Self { cut_off: one, other, notices, _kept: (database, keys) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_writes_is_answered_once_all_others_know_that_they_do_not_know_it() {
    let Some(apart) = Apart::new().await else { return };
    for _ in 0..3 {
        let (user, began) = (somebody(), Instant::now());
        apart.cut_off.note(user, stream(), END).await;
        assert_eq!(apart.other.last(user).await, everywhere(PARTITIONS, END), "the log's end, whatever Redis has");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_up_until_it_is_taken_down_by_who_put_it_up_or_its_time_is_over() {
    let Some(apart) = Apart::new().await else { return };
    let [one, other] = &apart.notices;
    let is_up = async || other.is_up().await.expect("the store is there");
    assert!(!is_up().await);
    one.put_up(Duration::from_secs(600)).await.expect("the store is there");
    other.put_up(Duration::from_secs(600)).await.expect("the store is there");
    other.take_down().await.expect("the store is there");
    assert!(is_up().await, "the one of the first");
    one.take_down().await.expect("the store is there");
    assert!(!is_up().await);
    one.put_up(Duration::from_millis(200)).await.expect("the store is there");
    eventually("its end", async || (!is_up().await).then_some(())).await;
}
