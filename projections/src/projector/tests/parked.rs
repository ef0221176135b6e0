//! Streams that were parked and go on.

use super::*;

#[tokio::test]
async fn what_can_not_be_read_is_parked_with_what_follows_and_read_after_an_upgrade() {
    let log = MemoryLog::of((1..=1_200).flat_map(|n| [said(1, n), said(2, n)]));
    let readable = log.garble(5);
    let model = Arc::new(Model::default());
    let mut before = Running::start(&log, &model);
    before.reaches(2_400).await;
    before.end().await.expect("it was told to");
    assert_eq!((of_room(&model, 1), of_room(&model, 2).len()), (vec![1, 2], 1_200));
    assert_eq!(model.parked_streams(), [StreamId::from(room(1))]);
    log.restore(readable);
    log.append(said(1, 1_201));
    let mut after = Running::start(&log, &model);
    after.reaches(2_401).await;
    until(|| model.parked_streams().is_empty()).await;
    assert_eq!(of_room(&model, 1), (1..=1_201).collect::<Vec<_>>());
    assert_eq!(of_room(&model, 2), (1..=1_200).collect::<Vec<_>>());
    assert!(model.parked_streams().is_empty());
}

#[tokio::test]
async fn a_parked_stream_goes_on_as_far_as_it_can() {
    let log = MemoryLog::of((1..=20).map(|n| said(1, n)));
    let readable = log.garble(3);
    log.garble(12);
    let model = Arc::new(Model::default());
    let mut before = Running::start(&log, &model);
    before.reaches(20).await;
    before.end().await.expect("it was told to");
    log.restore(readable);
    for _ in 0..2 {
        let mut again = Running::start(&log, &model);
        again.reaches(20).await;
        until(|| model.kept().parked[0].version == 12).await;
        again.end().await.expect("it was told to");
        assert_eq!(of_room(&model, 1), (1..=11).collect::<Vec<_>>());
        assert_eq!(model.kept().parked[0].version, 12);
    }
}

/// By a clock that only waiting moves.
#[tokio::test(start_paused = true)]
async fn a_parked_stream_waits_for_a_store_that_is_away_and_loses_nothing() {
    let log = MemoryLog::of((1..=1_002).map(|n| said(1, n)));
    let readable = log.garble(3);
    let model = Arc::new(Model::default());
    let mut before = Running::start(&log, &model);
    before.reaches(1_002).await;
    before.end().await.expect("it was told to");
    log.restore(readable);
    *log.absences.lock().expect("absences") = [false, true, true].into();
    let mut after = Running::start(&log, &model);
    log.append(said(2, 1));
    after.reaches(1_003).await;
    assert_eq!((of_room(&model, 2).len(), model.parked_streams().len()), (1, 1), "others do not wait");
    until(|| model.parked_streams().is_empty()).await;
    log.append(said(1, 1_003));
    after.reaches(1_004).await;
    // What a fold from the beginning comes to.
    assert_eq!(of_room(&model, 1), (1..=1_003).collect::<Vec<_>>());
    assert_eq!(*after.gauge.parked.lock().expect("a gauge"), 0);
}

/// The store knows more than the log has brought: what is not folded yet comes with the fold, and once.
#[tokio::test(start_paused = true)]
async fn a_parked_stream_that_goes_on_gets_what_follows_once() {
    let log = MemoryLog::of((1..=5).map(|n| said(1, n)));
    let readable = log.garble(3);
    let model = Arc::new(Model::default());
    let mut before = Running::start(&log, &model);
    before.reaches(5).await;
    before.end().await.expect("it was told to");
    log.restore(readable);
    *log.most.lock().expect("a bound") = Some(0);
    (6..=8).for_each(|n| log.append(said(1, n)));
    let mut after = Running::start(&log, &model);
    until(|| model.parked_streams().is_empty()).await;
    assert_eq!(of_room(&model, 1), (1..=5).collect::<Vec<_>>());
    *log.most.lock().expect("a bound") = None;
    after.reaches(8).await;
    assert_eq!(of_room(&model, 1), (1..=8).collect::<Vec<_>>());
}
