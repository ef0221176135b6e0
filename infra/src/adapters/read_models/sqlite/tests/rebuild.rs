use std::sync::Arc;
use std::time::Duration;

use domain::Envelope;
use projections::ports::Log;
use projections::rebuild::{Error, Progress, Rebuilt, rebuild};
use projections::timeline::{Timeline, TimelineChange};
use projections::verify::verify;

use crate::adapters::partitions::THE_STORE;

use super::super::{SqliteSuccession, SqliteVerification};
use super::*;
use crate::adapters::read_models::given::history::{everything, interleaved, room, talk};

async fn rebuilt(log: &Arc<MemoryLog>, generations: &Arc<Generations>) -> Result<Rebuilt, Error> {
    told(log.clone(), generations, &mut |_| {}).await
}

async fn told(
    log: Arc<dyn Log>,
    generations: &Arc<Generations>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Rebuilt, Error> {
    let succession = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
    rebuild::<Timeline>(log, succession, tell).await
}

async fn is_what_the_log_says(log: &Arc<MemoryLog>, generations: &Arc<Generations>) {
    let verification = SqliteVerification::new(generations.clone()).await.expect("a verification");
    let verdict = verify::<Timeline>(log.clone(), |_| THE_STORE, &verification, &mut |_| {}).await.expect("a verdict");
    assert!(verdict.is_equal(), "{verdict:?}");
    assert!(verdict.rows > 0);
}

#[tokio::test]
async fn a_rebuilt_model_takes_the_place_of_the_live_one_which_goes_on() {
    let folder = Folder::new();
    let events = everything(3_000);
    let log = MemoryLog::of(events[..2_000].to_vec());
    let generations = folder.timeline().await;
    let running = Running::start(&log, &generations);
    passed(&generations, 2_000).await;
    let rebuilt = rebuilt(&log, &generations).await.expect("a rebuild");
    assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.events), (2, 2_000, 2_000));
    events[2_000..].iter().for_each(|event| log.append(event.clone()));
    passed(&generations, 3_000).await;
    assert_eq!(generations.live().number, 2);
    running.end().await;
    is_what_the_log_says(&log, &generations).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_rebuilt_while_events_come_in() {
    let folder = Folder::new();
    let talks = |messages| interleaved((0..20).map(|n| talk(room(n), messages)).collect());
    let events: Vec<Envelope> = talks(1_500);
    let (first, later) = events.split_at(15_000);
    let log = MemoryLog::of(first.to_vec());
    let generations = folder.timeline().await;
    let running = Running::start(&log, &generations);
    let appending = tokio::spawn({
        let (log, later) = (log.clone(), later.to_vec());
        async move {
            for some in later.chunks(20) {
                some.iter().for_each(|event| log.append(event.clone()));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    });
    for generation in 2..=4 {
        assert_eq!(rebuilt(&log, &generations).await.expect("a rebuild").generation, generation);
        is_what_the_log_says(&log, &generations).await;
    }
    appending.await.expect("appended");
    passed(&generations, log.len()).await;
    running.end().await;
    is_what_the_log_says(&log, &generations).await;
    let live = generations.live();
    let messages = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM messages").fetch_one(&live.reader);
    assert_eq!(messages.await.expect("a count"), 30_000);
}

#[tokio::test]
async fn a_rebuild_that_was_killed_goes_on_where_it_was() {
    let folder = Folder::new();
    let log = MemoryLog::of(talk(room(0), 34_999));
    let generations = folder.timeline().await;
    let killed = tokio::spawn({
        let (log, generations) = (log.clone(), generations.clone());
        async move { told(log, &generations, &mut |progress| assert!(progress.position < 20_000, "killed")).await }
    });
    assert!(killed.await.is_err_and(|error| error.is_panic()));
    assert_eq!(generations.live().number, 1);
    let rebuilt = rebuilt(&log, &generations).await.expect("a rebuild");
    assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.events), (2, 35_000, 15_000));
    is_what_the_log_says(&log, &generations).await;
}

#[tokio::test]
async fn progress_says_how_far_it_is() {
    let folder = Folder::new();
    let log = MemoryLog::of(talk(room(0), 24_999));
    let mut seen = vec![];
    told(log, &folder.timeline().await, &mut |progress| seen.push(progress)).await.expect("a rebuild");
    let steps: Vec<_> = seen.iter().map(|progress| (progress.events, progress.position, progress.goal)).collect();
    assert_eq!(steps, [(10_000, 10_000, 25_000), (20_000, 20_000, 25_000), (25_000, 25_000, 25_000)]);
    assert!(seen.iter().all(|progress| progress.rate > 0.0 && progress.left.is_some()));
}

#[tokio::test]
async fn an_empty_log_makes_an_empty_generation() {
    let folder = Folder::new();
    let rebuilt = rebuilt(&MemoryLog::of([]), &folder.timeline().await).await.expect("a rebuild");
    assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.events), (2, 0, 0));
}

#[tokio::test]
async fn what_was_built_on_events_that_are_no_more_is_begun_again() {
    let folder = Folder::new();
    let generations = folder.timeline().await;
    let before = MemoryLog::of(talk(room(0), 34_999));
    let killed = tokio::spawn({
        let generations = generations.clone();
        async move { told(before, &generations, &mut |progress| assert!(progress.position < 20_000, "killed")).await }
    });
    killed.await.expect_err("killed");
    let restored = MemoryLog::of(talk(room(1), 99));
    let rebuilt = rebuilt(&restored, &generations).await.expect("a rebuild");
    assert_eq!((rebuilt.position, rebuilt.events), (100, 100));
    is_what_the_log_says(&restored, &generations).await;
}

#[tokio::test]
async fn a_stream_that_can_not_be_applied_is_parked_in_the_new_generation_too() {
    let folder = Folder::new();
    let log = MemoryLog::of(interleaved(vec![talk(room(0), 9), talk(room(1), 9)]));
    log.garble(9);
    let generations = folder.timeline().await;
    rebuilt(&log, &generations).await.expect("a rebuild");
    let query = "SELECT applied FROM rooms ORDER BY id";
    let applied = sqlx::query_scalar::<_, i64>(query).fetch_all(&generations.live().reader).await.expect("rooms");
    assert_eq!(applied, [4, 10]);
    is_what_the_log_says(&log, &generations).await;
}
