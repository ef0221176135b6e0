//! One process finds that the log can not be relied on; all of them stop writing.

use std::time::Duration;

use command_side::ports::{Append as _, AppendError, AppendPast as _, Item};
use domain::Timestamp;
use infra::adapters::halt::Halt;
use infra::adapters::postgres::tell_halt;

use super::super::given::{item, stream};
use super::*;

const WHY: &str = "the relay has stopped: run `bigtech-chat adopt`";

/// How a batch of one item fares.
async fn outcome(store: &PostgresEventStore, item: Item) -> Result<bool, AppendError> {
    store.append(&[item]).await.map(|answers| answers[0].is_ok())
}

fn says_why<T: std::fmt::Debug>(refused: Result<T, AppendError>) {
    let Err(AppendError::Unavailable(why)) = &refused else { panic!("{refused:?}") };
    assert!(why.contains(WHY), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_halts_one_process_halts_all_until_it_is_adopted() {
    let Some(database) = Database::new().await else { return };
    let (one, other, stream) = (database.store().await, database.store().await, stream());
    assert_eq!(outcome(&other, item(stream, 0, 2)).await, Ok(true));
    let halt = Halt::default();
    let _kept = kept(&database, [Box::pin(tell_halt(one.clone(), halt.clone())) as BoxFuture<_>]);
    halt.everywhere(WHY.to_owned());
    let halted = async || other.halted().await.expect("the store is there");
    assert_eq!(world::eventually("the other is told", &halted).await, WHY);
    for store in [&one, &other, &database.store().await] {
        says_why(outcome(store, item(stream, 2, 1)).await);
        says_why(store.append_past(&[item(stream, 2, 1)], Timestamp(1)).await);
        // One that changes nothing is not answered either: it rests on what may not stay.
        says_why(outcome(store, item(stream, 2, 0)).await);
    }
    one.halt("another reason").await.expect("the store is there");
    assert_eq!(halted().await.as_deref(), Some(WHY), "the first is the one to look into");
    assert_eq!(other.look().await, Ok(2));

    one.go_on().await.expect("the store is there");
    assert_eq!(outcome(&other, item(stream, 2, 1)).await, Ok(true));
    assert_eq!(other.look().await, Ok(3), "without a hole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_stops_for_a_reason_of_its_own_stops_no_other() {
    let Some(database) = Database::new().await else { return };
    let (store, halt) = (database.store().await, Halt::default());
    let _kept = kept(&database, [Box::pin(tell_halt(store.clone(), halt.clone())) as BoxFuture<_>]);
    halt.now("a setting".to_owned());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(store.halted().await, Ok(None));
    assert_eq!(outcome(&store, item(stream(), 0, 1)).await, Ok(true));
}
