//! Appends that fail, or of which nothing is known.

use super::faulty::Fault;
use super::stage::Stage;
use command_side::dispatch::Error;

#[tokio::test]
async fn an_append_whose_answer_was_lost_is_found_and_not_repeated() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    stage.store.next(Fault::AnswerLost);
    let outcome = stage.send(&room, "once").await;
    assert_eq!(stage.done(outcome).version, 2);
    assert_eq!(stage.numbers(&room).await, [1]);
}

#[tokio::test]
async fn an_append_that_was_lost_is_decided_again() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    stage.store.next(Fault::BatchLost);
    let outcome = stage.send(&room, "at last").await;
    assert_eq!(stage.done(outcome).version, 2);
    assert_eq!(stage.numbers(&room).await, [1]);
}

#[tokio::test]
async fn while_the_store_is_away_commands_are_refused_and_afterwards_all_goes_on() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    stage.store.next(Fault::Away);
    assert!(matches!(stage.send(&room, "too early").await, Err(Error::Unavailable(_))));
    let outcome = stage.send(&room, "now").await;
    assert_eq!(stage.done(outcome).version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_refused_as_a_whole_is_appended_piece_by_piece() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    for _ in 0..10 {
        stage.store.next(Fault::RefusesMany);
    }
    let outcomes = futures::future::join_all((0..10).map(|_| stage.send(&room, "one of ten"))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(stage.numbers(&room).await, (1..=10).collect::<Vec<_>>());
}
