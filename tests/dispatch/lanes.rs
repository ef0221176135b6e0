//! Lanes: order, batching, and callers that go away.

use super::stage::Stage;
use command_side::dispatch::Outcome;

#[tokio::test(flavor = "multi_thread")]
async fn commands_to_one_room_are_decided_in_order_without_a_conflict_and_appended_together() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    let sends = (0..200).map(|_| stage.send(&room, "one of many"));
    let outcomes = futures::future::join_all(sends).await;
    let mut versions: Vec<_> = outcomes.into_iter().map(|outcome| stage.done(outcome).version).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=201).collect::<Vec<_>>());
    let batches = stage.store.batches.lock().expect("unpoisoned").len();
    assert!(batches < 100, "200 commands took {batches} transactions");
    assert_eq!(stage.numbers(&room).await, (1..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_was_handed_over_is_carried_out_though_the_caller_goes_away() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    {
        let sending = stage.send(&room, "and gone");
        tokio::pin!(sending);
        assert!(futures::poll!(sending.as_mut()).is_pending());
    }
    let next = stage.send(&room, "still here").await;
    assert_eq!(stage.done(next).version, 3);
}

#[tokio::test]
async fn a_command_that_changes_nothing_is_answered_with_the_last_event() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    let first = stage.rename(&room, "Plans").await;
    let renamed = stage.done(first);
    match stage.rename(&room, "Plans").await.expect("no refusal") {
        Outcome::Unchanged(Some(last)) => assert_eq!(last, renamed),
        other => panic!("{other:?}"),
    }
}
