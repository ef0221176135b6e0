//! A live read model is compared with what the log says, while it moves on.

use projections::ports::Projection;

use super::read_model::history::everything;
use super::read_model::log::MemoryLog;
use super::read_model::{Kept, Running, applied, passed, verdict};

suite!(<P> Kept<P>:
    a_model_that_is_what_the_log_says_is_equal,
    a_row_that_somebody_changed_is_named_with_its_table_and_key,
    a_live_model_that_is_behind_or_moves_on_is_equal_where_it_stands,
    a_stream_that_stands_still_is_no_difference,
    a_generation_that_nothing_was_applied_to_is_equal,
);

async fn a_model_that_is_what_the_log_says_is_equal<P: Projection>(home: Kept<P>) {
    let log = MemoryLog::of(everything(900));
    let verdict = verdict(&log, &applied(&home, &log).await).await;
    assert!(verdict.is_equal() && verdict.differences.is_empty(), "{verdict:?}");
    assert_eq!(verdict.position, 900);
    assert!(verdict.keys >= 4 && verdict.rows > 40, "{verdict:?}");
}

async fn a_row_that_somebody_changed_is_named_with_its_table_and_key<P: Projection>(home: Kept<P>) {
    let log = MemoryLog::of(everything(900));
    let model = applied(&home, &log).await;
    let tampered = home.tamper(1).await;
    let verdict = verdict(&log, &model).await;
    let found: Vec<_> = verdict.differences.iter().map(|found| (found.table, found.key)).collect();
    assert_eq!((verdict.differing, found), (1, vec![tampered]));
}

async fn a_live_model_that_is_behind_or_moves_on_is_equal_where_it_stands<P: Projection>(home: Kept<P>) {
    let events = everything(900);
    let log = MemoryLog::of(events[..500].to_vec());
    let model = applied(&home, &log).await;
    events[500..].iter().for_each(|event| log.append(event.clone()));
    let behind = verdict(&log, &model).await;
    assert_eq!((behind.is_equal(), behind.position), (true, 500));
    let running = Running::start(&log, &model);
    for _ in 0..5 {
        assert!(verdict(&log, &model).await.is_equal());
    }
    passed(&model, 900).await;
    running.end().await;
}

async fn a_stream_that_stands_still_is_no_difference<P: Projection>(home: Kept<P>) {
    let events = everything(900);
    let log = MemoryLog::of(events.clone());
    log.garble(300);
    let model = applied(&home, &log).await;
    // What could not be read then can be read now.
    assert!(verdict(&MemoryLog::of(events), &model).await.is_equal());
}

async fn a_generation_that_nothing_was_applied_to_is_equal<P: Projection>(home: Kept<P>) {
    let verdict = verdict(&MemoryLog::of(everything(10)), &home.open().await).await;
    assert_eq!((verdict.is_equal(), verdict.position, verdict.rows), (true, 0, 0));
}
