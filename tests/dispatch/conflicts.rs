//! Several processes on one store: each stage here is one, with a memory of its own.

use super::stage::{Stage, account};
use command_side::dispatch::Error;
use command_side::ports::ClaimKind;

#[tokio::test]
async fn what_another_process_appended_is_taken_in_and_the_command_decided_again() {
    let here = Stage::set().await;
    let there = here.another_process().await;
    let room = here.open_group().await;
    for n in 0..5 {
        let (first, second) =
            (here.send(&room, &format!("here {n}")).await, there.send(&room, &format!("there {n}")).await);
        here.done(first);
        there.done(second);
    }
    assert_eq!(here.numbers(&room).await, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_refusal_that_rests_on_old_memory_is_decided_again() {
    let here = Stage::set().await;
    let there = here.another_process().await;
    let room = here.open_group().await;
    let first = there.send(&room, "hello").await;
    there.done(first);
    let removed = here.remove(&room, here.bob).await;
    here.done(removed);
    let refused = there.send_as(&room, there.bob, "still in?").await;
    assert!(matches!(&refused, Err(Error::Refused(refusal)) if refusal.code == "NOT_A_MEMBER"), "{refused:?}");
    let added = here.add(&room, here.bob).await;
    here.done(added);
    let back = there.send_as(&room, there.bob, "back").await;
    there.done(back);
}

#[tokio::test]
async fn a_guard_that_another_process_broke_asks_for_another_judgement() {
    let here = Stage::set().await;
    let there = here.another_process().await;
    let room = here.open_direct().await;
    let judged = there.friendship_version().await;
    here.block().await;
    let sent = there.send_guarded(&room, judged).await;
    assert_eq!(sent.err(), Some(Error::GuardBroken));
    there.forget_friendship();
    assert_eq!(there.friendship_version().await, judged + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_many_gets_what_must_be_unique() {
    let stage = Stage::set().await;
    let tries = (0..20).map(|_| stage.register(account("same@example.com")));
    let outcomes = futures::future::join_all(tries).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::ClaimTaken(ClaimKind::Email))));
    assert_eq!(taken.count(), 19);
}
