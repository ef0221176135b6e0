use domain::Envelope;
use projections::rebuild::{Error, Progress, Rebuilt, rebuild};
use projections::verify::verify;

use super::super::{MongoSuccession, MongoVerification};
use super::*;
use crate::adapters::read_models::given::history::{everything, interleaved, room, talk};

async fn rebuilt(log: &Arc<MemoryLog>, timeline: &Arc<MongoTimeline>) -> Result<Rebuilt, Error> {
    told(log.clone(), timeline, &mut |_| {}).await
}

async fn told(
    log: Arc<dyn Log>,
    timeline: &Arc<MongoTimeline>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Rebuilt, Error> {
    let succession = MongoSuccession::new(timeline.clone()).await.expect("a succession");
    rebuild::<Timeline>(log, succession, tell).await
}

pub(super) async fn is_what_the_log_says(log: &Arc<MemoryLog>, timeline: &Arc<MongoTimeline>) {
    let verification = MongoVerification::new(timeline.clone()).await.expect("a verification");
    let verdict = verify::<Timeline>(log.clone(), |_| 0, &verification, &mut |_| {}).await.expect("a verdict");
    assert!(verdict.is_equal(), "{verdict:?}");
    assert!(verdict.rows > 0);
}

#[tokio::test]
async fn a_rebuilt_model_takes_the_place_of_the_live_one_which_goes_on() {
    let Some(home) = Home::new() else { return };
    let events = everything(3_000);
    let log = MemoryLog::of(events[..2_000].to_vec());
    let timeline = home.timeline().await;
    let running = Running::start(&log, &timeline);
    passed(&timeline, 2_000).await;
    let rebuilt = rebuilt(&log, &timeline).await.expect("a rebuild");
    assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.events), (2, 2_000, 2_000));
    events[2_000..].iter().for_each(|event| log.append(event.clone()));
    passed(&timeline, 3_000).await;
    assert_eq!(timeline.live().number, 2);
    running.end().await;
    is_what_the_log_says(&log, &timeline).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_rebuilt_and_verified_while_events_come_in() {
    let Some(home) = Home::new() else { return };
    let events: Vec<Envelope> = interleaved((0..20).map(|n| talk(room(n), 500)).collect());
    let (first, later) = events.split_at(5_000);
    let log = MemoryLog::of(first.to_vec());
    let timeline = home.timeline().await;
    let running = Running::start(&log, &timeline);
    let appending = tokio::spawn({
        let (log, later) = (log.clone(), later.to_vec());
        async move {
            for some in later.chunks(10) {
                some.iter().for_each(|event| log.append(event.clone()));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
    for generation in 2..=3 {
        assert_eq!(rebuilt(&log, &timeline).await.expect("a rebuild").generation, generation);
        is_what_the_log_says(&log, &timeline).await;
    }
    appending.await.expect("appended");
    passed(&timeline, log.len()).await;
    running.end().await;
    is_what_the_log_says(&log, &timeline).await;
}

#[tokio::test]
async fn a_rebuild_that_was_killed_goes_on_where_it_was() {
    let Some(home) = Home::new() else { return };
    let log = MemoryLog::of(talk(room(0), 34_999));
    let timeline = home.timeline().await;
    let killed = tokio::spawn({
        let (log, timeline) = (log.clone(), timeline.clone());
        async move { told(log, &timeline, &mut |progress| assert!(progress.position < 20_000, "killed")).await }
    });
    assert!(killed.await.is_err_and(|error| error.is_panic()));
    assert_eq!(timeline.live().number, 1);
    let rebuilt = rebuilt(&log, &timeline).await.expect("a rebuild");
    assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.events), (2, 35_000, 15_000));
    is_what_the_log_says(&log, &timeline).await;
}

#[tokio::test]
async fn what_was_built_on_events_that_are_no_more_is_begun_again() {
    let Some(home) = Home::new() else { return };
    let timeline = home.timeline().await;
    let before = MemoryLog::of(talk(room(0), 24_999));
    let killed = tokio::spawn({
        let timeline = timeline.clone();
        async move { told(before, &timeline, &mut |progress| assert!(progress.position < 20_000, "killed")).await }
    });
    killed.await.expect_err("killed");
    let restored = MemoryLog::of(talk(room(1), 99));
    let rebuilt = rebuilt(&restored, &timeline).await.expect("a rebuild");
    assert_eq!((rebuilt.position, rebuilt.events), (100, 100));
    is_what_the_log_says(&restored, &timeline).await;
}

#[tokio::test]
async fn a_stream_that_can_not_be_applied_is_parked_in_the_new_generation_too() {
    let Some(home) = Home::new() else { return };
    let log = MemoryLog::of(interleaved(vec![talk(room(0), 9), talk(room(1), 9)]));
    log.garble(9);
    let timeline = home.timeline().await;
    rebuilt(&log, &timeline).await.expect("a rebuild");
    let reading = timeline.reading(&Positions::default(), Duration::ZERO).await.expect("it is there").model;
    let ann = crate::adapters::read_models::given::history::user(0);
    let mut applied = vec![];
    for n in 0..2 {
        let state = reading.room(ann, room(n)).await.expect("read");
        applied.push((state.applied, state.is_parked));
    }
    assert_eq!(applied, [(4, true), (10, false)]);
    is_what_the_log_says(&log, &timeline).await;
}
