//! Snapshots: a shortcut that may be missing, old or broken.

use std::time::Duration;

use super::stage::Stage;
use command_side::ports::Snapshot;
use domain::{RoomId, StreamId};

async fn snapshot_of(stage: &Stage, room: RoomId) -> Snapshot {
    for _ in 0..500 {
        if let Some(snapshot) = stage.opened.snapshots.load(StreamId::from(room)).await.expect("the store is there") {
            return snapshot;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no snapshot was taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregate_comes_back_from_its_snapshot_and_the_events_behind_it() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    for n in 0..300 {
        let sent = stage.send(&room, &format!("{n}")).await;
        stage.done(sent);
    }
    let snapshot = snapshot_of(&stage, room).await;
    assert!((256..=301).contains(&snapshot.version), "{}", snapshot.version);
    let restarted = stage.another_process().await;
    let next = restarted.send(&room, "after").await;
    assert_eq!(restarted.done(next).version, 302);
    assert_eq!(restarted.numbers(&room).await, (1..=301).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_another_shape_or_a_broken_one_is_ignored() {
    let stage = Stage::set().await;
    let room = stage.open_group().await;
    for n in 0..300 {
        let sent = stage.send(&room, &format!("{n}")).await;
        stage.done(sent);
    }
    let good = snapshot_of(&stage, room).await;
    for bad in [Snapshot { shape: 999, ..good.clone() }, Snapshot { state: "{".to_owned(), ..good }] {
        stage.opened.snapshots.save(bad).await.expect("the store is there");
        let restarted = stage.another_process().await;
        let before = restarted.numbers(&room).await.len() as u64;
        let next = restarted.send(&room, "still right").await;
        assert_eq!(restarted.done(next).version, before + 2);
    }
}
