//! The relay between a store and brokers in memory.

mod beginning;
mod given;
mod lag;

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::Error;
use given::World;

#[tokio::test]
async fn every_event_is_sent_once_in_the_order_of_its_partition() {
    let world = World::new(2);
    world.append(2_500);
    world.relayed(2_500).await;
    world.append(10);
    world.relayed(2_510).await;
    assert_eq!(world.repeats(), 0);
    world.is_whole(2_510);
}

#[tokio::test]
async fn each_record_says_after_which_position_it_comes() {
    let world = World::new(3);
    world.append(30);
    world.relayed(30).await;
    world.has_chains();
}

#[tokio::test]
async fn after_a_delivery_error_it_goes_on_with_what_has_not_arrived() {
    let world = World::new(2);
    world.append(1_500);
    world.fail_at(700);
    world.relayed(1_500).await;
    world.is_whole(1_500);
    world.has_chains();
}

#[tokio::test]
async fn a_second_relay_waits_and_takes_over_when_the_first_is_gone() {
    let world = World::new(2);
    let first = world.start();
    world.append(100);
    world.arrived(100).await;
    let second = world.start();
    sleep(Duration::from_secs(3)).await;
    assert_eq!(world.epoch(), 1, "one leads");
    first.abort();
    world.append(100);
    world.arrived(200).await;
    assert_eq!(world.epoch(), 2);
    world.is_whole(200);
    second.abort();
}

#[tokio::test]
async fn a_leader_that_was_paused_repeats_at_the_worst() {
    let world = World::new(2);
    world.append(100);
    let paused = world.start();
    world.arrived(100).await;
    world.pause();
    world.append(50);
    sleep(Duration::from_millis(500)).await;
    paused.abort();
    world.unpause();
    let second = world.start();
    world.arrived(150).await;
    // What the first had in flight arrives now.
    world.deliver_held();
    world.append(10);
    world.arrived(160).await;
    world.is_whole(160);
    second.abort();
}

#[tokio::test]
async fn a_partition_that_lost_its_records_gets_the_last_one_again() {
    let world = World::new(2);
    world.append(20);
    world.relayed(20).await;
    world.lose(0);
    world.relayed(20).await;
    assert_eq!(world.last(0), Some((18, 19)), "the last event of the partition, behind a hole");
}

#[tokio::test]
async fn a_store_that_lost_its_tail_stops_it() {
    let world = World::new(2);
    world.append(20);
    world.relayed(20).await;
    world.restore(10);
    let ended = timeout(Duration::from_secs(30), world.run()).await.expect("it ends");
    assert_eq!(ended, Err(Error::Rewritten(20)));
}

#[tokio::test]
async fn a_store_that_was_restored_with_what_is_noted_in_it_stops_it_too() {
    let world = World::new(2);
    world.append(20);
    world.relayed(20).await;
    world.restore_with_notes(10);
    world.append(3);
    let ended = timeout(Duration::from_secs(30), world.run()).await.expect("it ends");
    assert_eq!(ended, Err(Error::Rewritten(19)));
}
