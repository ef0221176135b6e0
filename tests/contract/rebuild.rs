//! A read model is folded anew beside the live one, and takes its place.

use std::sync::Arc;
use std::time::Duration;

use domain::Envelope;
use projections::ports::{Log, Projection};
use projections::rebuild::{Error, Progress, Rebuilt, rebuild};

use super::read_model::history::{everything, interleaved, room, talk};
use super::read_model::log::MemoryLog;
use super::read_model::{Kept, Opened, Running, passed, verdict};

suite!(<P> Kept<P>:
    a_rebuilt_model_takes_the_place_of_the_live_one_which_goes_on,
    a_model_is_rebuilt_while_events_come_in,
    a_rebuild_that_was_killed_goes_on_where_it_was,
    progress_says_how_far_it_is,
    an_empty_log_makes_an_empty_generation,
    what_was_built_on_events_that_are_no_more_is_begun_again,
    a_live_model_of_a_past_that_is_no_more_is_replaced,
    a_stream_that_can_not_be_applied_is_parked_in_the_new_generation_too,
);

async fn rebuilt<P: Projection>(log: &Arc<MemoryLog>, model: &Arc<dyn Opened<P>>) -> Rebuilt {
    told(log.clone(), model, &mut |_| {}).await.expect("a rebuild")
}

async fn told<P: Projection>(
    log: Arc<dyn Log>,
    model: &Arc<dyn Opened<P>>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Rebuilt, Error> {
    // The lock of one that was killed may take a moment to go.
    let succession = loop {
        match model.succession().await {
            Ok(succession) => break succession,
            Err(why) => assert!(why.contains("another rebuild"), "{why}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    rebuild::<P>(log, succession, tell).await
}

/// A rebuild that is killed at its second report.
async fn killed<P: Projection>(log: &Arc<MemoryLog>, model: &Arc<dyn Opened<P>>) {
    let killed = tokio::spawn({
        let (log, model) = (log.clone(), model.clone());
        async move { told(log, &model, &mut |progress| assert!(progress.position < 20_000, "killed")).await }
    });
    assert!(killed.await.is_err_and(|error| error.is_panic()));
}

async fn is_what_the_log_says<P: Projection>(log: &Arc<MemoryLog>, model: &Arc<dyn Opened<P>>) {
    let verdict = verdict(log, model).await;
    assert!(verdict.is_equal() && verdict.rows > 0, "{verdict:?}");
}

async fn a_rebuilt_model_takes_the_place_of_the_live_one_which_goes_on<P: Projection>(home: Kept<P>) {
    let events = everything(3_000);
    let log = MemoryLog::of(events[..2_000].to_vec());
    let model = home.open().await;
    let running = Running::start(&log, &model);
    passed(&model, 2_000).await;
    let rebuilt = rebuilt(&log, &model).await;
    assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.events), (2, 2_000, 2_000));
    events[2_000..].iter().for_each(|event| log.append(event.clone()));
    passed(&model, 3_000).await;
    running.end().await;
    is_what_the_log_says(&log, &model).await;
}

async fn a_model_is_rebuilt_while_events_come_in<P: Projection>(home: Kept<P>) {
    let events: Vec<Envelope> = interleaved((0..20).map(|n| talk(room(n), 1_500)).collect());
    let (first, later) = events.split_at(15_000);
    let log = MemoryLog::of(first.to_vec());
    // The rebuild is another process than the projector.
    let (model, beside) = (home.open().await, home.open().await);
    let running = Running::start(&log, &model);
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
        assert_eq!(rebuilt(&log, &beside).await.generation, generation);
        is_what_the_log_says(&log, &beside).await;
    }
    appending.await.expect("appended");
    passed(&model, log.len()).await;
    running.end().await;
    is_what_the_log_says(&log, &model).await;
}

async fn a_rebuild_that_was_killed_goes_on_where_it_was<P: Projection>(home: Kept<P>) {
    let log = MemoryLog::of(talk(room(0), 34_999));
    let model = home.open().await;
    killed(&log, &model).await;
    let rebuilt = rebuilt(&log, &model).await;
    assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.events), (2, 35_000, 15_000));
    is_what_the_log_says(&log, &model).await;
}

async fn progress_says_how_far_it_is<P: Projection>(home: Kept<P>) {
    let log = MemoryLog::of(talk(room(0), 24_999));
    let mut seen = vec![];
    told(log, &home.open().await, &mut |progress| seen.push(progress)).await.expect("a rebuild");
    let steps: Vec<_> = seen.iter().map(|progress| (progress.events, progress.position, progress.goal)).collect();
    assert_eq!(steps, [(10_000, 10_000, 25_000), (20_000, 20_000, 25_000), (25_000, 25_000, 25_000)]);
    assert!(seen.iter().all(|progress| progress.rate > 0.0 && progress.left.is_some()));
}

async fn an_empty_log_makes_an_empty_generation<P: Projection>(home: Kept<P>) {
    let rebuilt = rebuilt(&MemoryLog::of([]), &home.open().await).await;
    assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.events), (2, 0, 0));
}

async fn what_was_built_on_events_that_are_no_more_is_begun_again<P: Projection>(home: Kept<P>) {
    let model = home.open().await;
    killed(&MemoryLog::of(talk(room(0), 34_999)), &model).await;
    let restored = MemoryLog::of(talk(room(1), 99));
    let rebuilt = rebuilt(&restored, &model).await;
    assert_eq!((rebuilt.position, rebuilt.events), (100, 100));
    is_what_the_log_says(&restored, &model).await;
}

async fn a_live_model_of_a_past_that_is_no_more_is_replaced<P: Projection>(home: Kept<P>) {
    let (before, model) = (MemoryLog::of(talk(room(0), 999)), home.open().await);
    let running = Running::start(&before, &model);
    passed(&model, 1_000).await;
    running.end().await;
    let restored = MemoryLog::of(talk(room(1), 99));
    assert_eq!(rebuilt(&restored, &model).await.position, 100);
    is_what_the_log_says(&restored, &model).await;
    let running = Running::start(&restored, &model);
    (0..20).for_each(|n| {
        let mut event = talk(room(2), 19)[n].clone();
        event.position += 100;
        restored.append(event);
    });
    passed(&model, 120).await;
    running.end().await;
    is_what_the_log_says(&restored, &model).await;
}

async fn a_stream_that_can_not_be_applied_is_parked_in_the_new_generation_too<P: Projection>(home: Kept<P>) {
    let log = MemoryLog::of(interleaved(vec![talk(room(0), 9), talk(room(1), 9)]));
    log.garble(9);
    let model = home.open().await;
    rebuilt(&log, &model).await;
    let parked = model.live().parked().await.expect("the model is there");
    assert_eq!(parked.iter().map(|one| (one.stream, one.version)).collect::<Vec<_>>(), [(room(0).into(), 5)]);
    is_what_the_log_says(&log, &model).await;
}
