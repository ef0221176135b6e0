//! Idempotency keys: the same request is carried out once.

use super::stage::Stage;
use command_side::dispatch::{Error, Outcome};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_at_the_same_time_leads_to_one_message() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    let outcomes = futures::future::join_all((0..20).map(|_| stage.send_with_key(&room, "once", 7, 1))).await;
    let events: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Ok(Outcome::Done(event) | Outcome::Repeated(event)) => event,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(events.iter().all(|event| *event == events[0]));
    assert_eq!(stage.numbers(&room).await, [1]);
}

#[tokio::test]
async fn the_same_key_for_another_request_is_refused_wherever_it_goes() {
    let stage = Stage::set().await;
    let (room, other) = (stage.open_group().await, stage.open_group().await);
    let first = stage.send_with_key(&room, "one", 7, 1).await;
    stage.done(first);
    assert_eq!(stage.send_with_key(&room, "two", 7, 2).await, Err(Error::KeyReused));
    assert_eq!(stage.send_with_key(&other, "two", 7, 2).await, Err(Error::KeyReused));
}

#[tokio::test]
async fn a_key_is_known_to_a_process_that_has_never_seen_it() {
    let here = Stage::set().await;
    let room = here.open_group().await;
    let first = here.send_with_key(&room, "once", 7, 1).await;
    let first = here.done(first);
    let there = here.another_process().await;
    assert_eq!(there.send_with_key(&room, "once", 7, 1).await, Ok(Outcome::Repeated(first)));
}

#[tokio::test]
async fn a_refusal_does_not_use_a_key_up() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    assert!(matches!(stage.send_with_key(&room, " ", 7, 1).await, Err(Error::Refused(_))));
    let second = stage.send_with_key(&room, "not blank", 7, 2).await;
    stage.done(second);
}
