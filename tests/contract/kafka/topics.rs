//! Making and checking topics.

use futures::future::join_all;
use infra::adapters::kafka::{KafkaUrl, check, ensure, free_generation};

use super::wire::{EACH, Wire, brokers};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_together_make_the_topics_once() {
    let Some(wire) = Wire::without_topics().await else { return };
    let missing = check(&wire.url, EACH).await.expect_err("they are not there").to_string();
    assert!(missing.contains("bigtech-chat topics"), "{missing}");
    for outcome in join_all((0..4).map(|_| ensure(&wire.url, EACH))).await {
        outcome.expect("they are there");
    }
    check(&wire.url, EACH).await.expect("they are there");
    ensure(&wire.url, EACH).await.expect("they are there");
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_of_another_number_of_partitions_are_refused_with_what_to_do() {
    let Some(wire) = Wire::new().await else { return };
    for outcome in [check(&wire.url, EACH + 1).await, ensure(&wire.url, EACH + 1).await] {
        let refused = outcome.expect_err("another number").to_string();
        for said in ["has 2 partitions, not 3", "set `partitions` to 2", "bigtech-chat topics"] {
            assert!(refused.contains(said), "{said}: {refused}");
        }
    }
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generation_is_free_of_which_there_are_no_topics() {
    let Some(wire) = Wire::new().await else { return };
    assert_eq!(free_generation(&wire.url, 1).await.expect("the brokers are there"), 2);
    ensure(&wire.url.clone().of_generation(2), EACH).await.expect("topics");
    assert_eq!(free_generation(&wire.url, 1).await.expect("the brokers are there"), 3);
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_copies_than_there_are_brokers_are_not_waited_for_without_a_word() {
    let Some(brokers) = brokers() else { return };
    let url = KafkaUrl::read(&format!("kafka://{brokers}?prefix=never.&replication=9")).expect("a URL");
    let refused = ensure(&url, EACH).await.expect_err("too many").to_string();
    assert!(refused.contains("never.user.events") && refused.to_lowercase().contains("replication"), "{refused}");
}
