//! The checkpoints of partitions, and what was folded from the store itself.

use domain::EventId;
use infra::adapters::partitions::THE_STORE;
use projections::ports::{Checkpoint, Commit, CommitError, Partition};

use super::*;

const TOPIC: Partition = 3_001;

fn at(offset: u64, position: u64) -> Checkpoint {
    Checkpoint { offset, position, event_id: Some(EventId(Uuid::from_u128(position.into()))) }
}

fn moves(partition: Partition, from: Checkpoint, to: Checkpoint) -> Commit<DirectoryChange> {
    Commit { partition, from, to, changes: vec![], parked: vec![], released: vec![] }
}

#[tokio::test]
async fn what_was_folded_from_the_store_holds_for_every_partition() {
    let Some(databases) = Databases::new() else { return };
    let live = MysqlLive::new(databases.directory().await);
    let checkpoint = async |partition| live.checkpoint(partition).await.expect("a checkpoint");
    assert_eq!(checkpoint(TOPIC).await, Checkpoint::default());
    live.commit(moves(THE_STORE, Checkpoint::default(), at(50, 50))).await.expect("a commit");
    assert_eq!(checkpoint(TOPIC).await, at(0, 50));
    // Not from where it stands.
    for from in [Checkpoint::default(), at(3, 40), at(7, 50)] {
        assert_eq!(live.commit(moves(TOPIC, from, at(9, 60))).await, Err(CommitError::Moved(50)));
    }
    live.commit(moves(TOPIC, at(0, 50), at(9, 60))).await.expect("a commit");
    assert_eq!(live.commit(moves(TOPIC, at(0, 50), at(9, 60))).await, Err(CommitError::Moved(60)), "twice");
    assert_eq!(checkpoint(TOPIC).await, at(9, 60));
    live.commit(moves(THE_STORE, at(50, 50), at(100, 100))).await.expect("a commit");
    // Its own row is overtaken.
    assert_eq!(checkpoint(TOPIC).await, at(0, 100));
    assert_eq!(live.commit(moves(TOPIC, at(9, 60), at(12, 70))).await, Err(CommitError::Moved(100)));
    live.commit(moves(TOPIC, at(0, 100), at(20, 130))).await.expect("a commit");
    assert_eq!(checkpoint(TOPIC).await, at(20, 130));
}

#[tokio::test]
async fn a_bound_is_passed_in_its_partition_or_in_the_store() {
    let Some(databases) = Databases::new() else { return };
    let (here, there) = (databases.directory().await, databases.directory().await);
    let live = MysqlLive::new(here.clone());
    let sees = async |of: &MysqlDirectory, partition, position| {
        reading(of, &Positions::of(partition, position), Duration::from_millis(300)).await.is_fresh
    };
    assert!(!sees(&there, TOPIC, 40).await);
    live.commit(moves(THE_STORE, Checkpoint::default(), at(50, 50))).await.expect("a commit");
    assert!(sees(&there, TOPIC, 40).await && sees(&here, TOPIC + 1, 50).await);
    live.commit(moves(TOPIC, at(0, 50), at(9, 60))).await.expect("a commit");
    assert!(sees(&there, TOPIC, 60).await && !sees(&there, TOPIC + 1, 60).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_are_written_side_by_side_from_the_first_commit_on() {
    let Some(databases) = Databases::new() else { return };
    let live = Arc::new(MysqlLive::new(databases.directory().await));
    live.commit(moves(THE_STORE, Checkpoint::default(), at(5, 5))).await.expect("a commit");
    let writing = (0..12).map(|partition| {
        let live = live.clone();
        tokio::spawn(async move {
            let mut from = at(0, 5);
            for offset in 1..30 {
                let to = at(offset, 5 + 12 * offset + u64::from(partition));
                live.commit(moves(1_000 + partition, from, to)).await.expect("a commit");
                from = to;
            }
        })
    });
    for written in futures::future::join_all(writing).await {
        written.expect("written");
    }
}
