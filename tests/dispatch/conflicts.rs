//! Several processes on one store: each stage here is one, with a memory of its own.

use std::time::Duration;

use futures::future::join_all;

use super::faulty::Fault;
use super::stage::{Stage, account};
use command_side::dispatch::{Error, Outcome};
use command_side::ports::ClaimKind;

/// Each case on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(super::Stage::set().await).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    if let Some(stage) = super::Stage::on_postgres().await {
                        super::$case(stage).await;
                    }
                }
            )*
        }
    };
}

on_both! {
    what_another_process_appended_is_taken_in_and_the_command_decided_again,
    a_refusal_that_rests_on_old_memory_is_decided_again,
    a_guard_that_another_process_broke_asks_for_another_judgement,
    what_another_process_began_is_known_once_the_log_tells_of_it,
    only_one_of_many_gets_what_must_be_unique,
    many_processes_that_write_to_one_room_lose_nothing_and_double_nothing,
    of_the_same_key_in_several_processes_comes_one_message,
    an_append_whose_answer_was_lost_is_found_by_its_event,
    a_batch_that_is_refused_as_a_whole_is_appended_piece_by_piece,
}

async fn what_another_process_appended_is_taken_in_and_the_command_decided_again(here: Stage) {
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

async fn a_refusal_that_rests_on_old_memory_is_decided_again(here: Stage) {
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

async fn a_guard_that_another_process_broke_asks_for_another_judgement(here: Stage) {
    let there = here.another_process().await;
    let room = here.open_direct().await;
    let judged = there.friendship_version().await;
    here.block().await;
    assert_eq!(there.friendship_version().await, judged, "that nothing was between them is remembered until then");
    let sent = there.send_guarded(&room, judged).await;
    assert_eq!(sent.err(), Some(Error::GuardBroken));
    there.forget_friendship();
    assert_eq!(there.friendship_version().await, judged + 1);
}

async fn what_another_process_began_is_known_once_the_log_tells_of_it(here: Stage) {
    let there = here.another_process().await;
    let judged = there.friendship_version().await;
    here.block().await;
    there.outgrow_friendship(judged + 1);
    assert_eq!(there.friendship_version().await, judged + 1);
}

async fn only_one_of_many_gets_what_must_be_unique(stage: Stage) {
    let tries = (0..20).map(|_| stage.register(account("same@example.com")));
    let outcomes = join_all(tries).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::ClaimTaken(ClaimKind::Email))));
    assert_eq!(taken.count(), 19);
}

async fn many_processes_that_write_to_one_room_lose_nothing_and_double_nothing(here: Stage) {
    let room = here.open_group().await;
    let stages = [here.another_process().await, here.another_process().await, here.another_process().await];
    let write = async |stage: &Stage, number: usize| {
        let mut versions = vec![];
        for n in 0..15 {
            // Others may be faster many times over: whoever gives up says so, and tries again.
            loop {
                match stage.send(&room, &format!("{number}: {n}")).await {
                    Ok(outcome) => break versions.push(stage.done(Ok(outcome)).version),
                    Err(Error::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(3)).await,
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
        versions
    };
    let writers = stages.iter().enumerate().map(async |(number, stage)| write(stage, number).await);
    let mut versions = join_all(writers).await.concat();
    versions.sort_unstable();
    assert_eq!(versions, (2..=46).collect::<Vec<_>>());
    assert_eq!(here.numbers(&room).await, (1..=45).collect::<Vec<_>>());
}

async fn of_the_same_key_in_several_processes_comes_one_message(here: Stage) {
    let room = here.open_group().await;
    let stages = [here.another_process().await, here.another_process().await];
    let sends = (0..12).map(|n| stages[n % 2].send_with_key(&room, "once", 7, 1));
    let events: Vec<_> = join_all(sends)
        .await
        .into_iter()
        .map(|outcome| match outcome {
            Ok(Outcome::Done(event) | Outcome::Repeated(event)) => event.event_id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(events.iter().all(|event| *event == events[0]));
    assert_eq!(here.numbers(&room).await, [1]);
}

async fn an_append_whose_answer_was_lost_is_found_by_its_event(stage: Stage) {
    let room = stage.open_group().await;
    for (fault, version) in [(Fault::AnswerLost, 2), (Fault::BatchLost, 3)] {
        stage.store.next(fault);
        let outcome = stage.send(&room, "once").await;
        assert_eq!(stage.done(outcome).version, version);
    }
    assert_eq!(stage.numbers(&room).await, [1, 2]);
}

async fn a_batch_that_is_refused_as_a_whole_is_appended_piece_by_piece(stage: Stage) {
    let room = stage.open_group().await;
    for _ in 0..10 {
        stage.store.next(Fault::RefusesMany);
    }
    let outcomes = join_all((0..10).map(|_| stage.send(&room, "one of ten"))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(stage.numbers(&room).await, (1..=10).collect::<Vec<_>>());
}
