use domain::EventId;
use projections::ports::{Checkpoint, Commit, CommitError, ReadModel as _, Succession as _};
use projections::timeline::TimelineChange;

use super::super::MongoSuccession;
use super::*;

const TOPIC: u32 = 3_001;

fn at(offset: u64, position: u64) -> Checkpoint {
    Checkpoint { offset, position, event_id: Some(EventId(Uuid::from_u128(position.into()))) }
}

fn moves(partition: u32, from: Checkpoint, to: Checkpoint) -> Commit<TimelineChange> {
    Commit { partition, from, to, changes: vec![], parked: vec![], released: vec![] }
}

#[tokio::test]
async fn what_was_folded_from_the_store_holds_for_every_partition() {
    let Some(home) = Home::new() else { return };
    let timeline = home.timeline().await;
    let live = MongoLive::new(timeline.clone());
    let checkpoint = async |partition| live.checkpoint(partition).await.expect("a checkpoint");
    assert_eq!(checkpoint(TOPIC).await, Checkpoint::default());
    live.commit(moves(THE_STORE, Checkpoint::default(), at(50, 50))).await.expect("a commit");
    assert_eq!(checkpoint(TOPIC).await, Checkpoint { offset: 0, ..at(50, 50) });
    // Not from where it stands.
    for from in [Checkpoint::default(), at(3, 40), at(7, 50)] {
        assert_eq!(live.commit(moves(TOPIC, from, at(9, 60))).await, Err(CommitError::Moved(50)));
    }
    live.commit(moves(TOPIC, checkpoint(TOPIC).await, at(9, 60))).await.expect("a commit");
    assert_eq!(checkpoint(TOPIC).await, at(9, 60));
    live.commit(moves(THE_STORE, at(50, 50), at(100, 100))).await.expect("a commit");
    // Its own row is overtaken.
    assert_eq!(checkpoint(TOPIC).await, Checkpoint { offset: 0, ..at(100, 100) });
    assert_eq!(live.commit(moves(TOPIC, at(9, 60), at(12, 70))).await, Err(CommitError::Moved(100)));
    live.commit(moves(TOPIC, Checkpoint { offset: 0, ..at(100, 100) }, at(20, 130))).await.expect("a commit");
    assert_eq!(checkpoint(TOPIC).await, at(20, 130));
}

#[tokio::test]
async fn a_bound_is_passed_in_its_partition_or_in_the_store() {
    let Some(home) = Home::new() else { return };
    let (here, there) = (home.timeline().await, home.timeline().await);
    let live = MongoLive::new(here.clone());
    let reading = async |of: &MongoTimeline, partition, position| {
        let reading = of.reading(&Positions::of(partition, position), Duration::from_millis(300)).await;
        reading.expect("it is there").is_fresh
    };
    assert!(!reading(&there, TOPIC, 40).await);
    live.commit(moves(THE_STORE, Checkpoint::default(), at(50, 50))).await.expect("a commit");
    assert!(reading(&there, TOPIC, 40).await && reading(&here, TOPIC + 1, 50).await);
    live.commit(moves(TOPIC, Checkpoint { offset: 0, ..at(50, 50) }, at(9, 60))).await.expect("a commit");
    assert!(reading(&there, TOPIC, 60).await && !reading(&there, TOPIC + 1, 60).await);
    let positions =
        here.reading(&Positions::default(), Duration::ZERO).await.expect("it is there").model.checkpoint().await;
    assert_eq!(positions.expect("read").get(TOPIC), 60);
}

#[tokio::test]
async fn a_new_generation_knows_the_partitions_of_the_old_one() {
    let Some(home) = Home::new() else { return };
    let timeline = home.timeline().await;
    let live = MongoLive::new(timeline.clone());
    live.commit(moves(TOPIC, Checkpoint::default(), at(9, 60))).await.expect("a commit");
    let succession = MongoSuccession::new(timeline.clone()).await.expect("a succession");
    let building = succession.building().await.expect("a generation");
    building.commit(moves(THE_STORE, Checkpoint::default(), at(80, 80))).await.expect("a commit");
    succession.settle().await.expect("settled");
    succession.fence(Duration::from_secs(9)).await.expect("a fence");
    assert_eq!(succession.switch().await, Ok(2));
    let reading = timeline.reading(&Positions::of(TOPIC, 80), Duration::ZERO).await.expect("it is there");
    assert!(reading.is_fresh);
    assert_eq!(reading.model.checkpoint().await.expect("read").get(TOPIC), 80);
    assert_eq!(live.checkpoint(TOPIC).await.expect("a checkpoint"), Checkpoint { offset: 0, ..at(80, 80) });
}

#[tokio::test]
async fn a_projector_knows_that_somebody_waits_in_another_process() {
    let Some(home) = Home::new() else { return };
    let (here, there) = (home.timeline().await, home.timeline().await);
    let live = MongoLive::new(here);
    assert!(!live.is_awaited());
    let waiting =
        tokio::spawn(async move { there.reading(&Positions::of(TOPIC, 9), Duration::from_secs(1)).await.is_ok() });
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(live.is_awaited());
    assert!(waiting.await.expect("it waited"));
    tokio::time::sleep(Duration::from_millis(3_000)).await;
    assert!(!live.is_awaited());
}
