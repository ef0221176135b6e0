//! Snapshots gather before they are written.

use std::time::Duration;

use command_side::ports::{Snapshot, Snapshots as _};
use domain::StreamId;
use infra::adapters::postgres::write_snapshots;
use tokio::time::timeout;

use super::super::given::stream;
use super::*;

async fn saved(store: &PostgresEventStore, stream: StreamId, version: u64, shape: u16) {
    let snapshot = Snapshot { stream, version, shape, state: "{}".to_owned() };
    store.save(snapshot).await.expect("the store is there");
}

/// What another process finds.
async fn written(database: &Database, stream: StreamId) -> Option<u64> {
    let snapshot = database.store().await.load(stream).await.expect("the store is there");
    snapshot.map(|snapshot| snapshot.version)
}

#[tokio::test]
async fn they_are_written_at_the_end_and_a_late_one_does_not_take_the_place_of_a_newer() {
    let Some(database) = Database::new().await else { return };
    let stream = stream();
    for (version, shape, newest) in [(512, 1, 512), (256, 1, 512), (768, 1, 768), (300, 2, 300), (200, 2, 300)] {
        let store = database.store().await;
        saved(&store, stream, version, shape).await;
        store.close().await;
        assert_eq!(written(&database, stream).await, Some(newest), "after saving {version}");
    }
}

#[tokio::test]
async fn they_are_written_when_there_are_many_and_after_a_while() {
    let Some(database) = Database::new().await else { return };
    let (streams, store) = ([(); 256].map(|()| stream()), database.store().await);
    for stream in &streams[1..] {
        saved(&store, *stream, 256, 1).await;
    }
    assert_eq!(written(&database, streams[1]).await, None);
    saved(&store, streams[0], 256, 1).await;
    assert_eq!(written(&database, streams[255]).await, Some(256));
    let late = stream();
    saved(&store, late, 256, 1).await;
    let writing = tokio::spawn(write_snapshots(store));
    let look = async {
        while written(&database, late).await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), look).await.expect("written in time");
    writing.abort();
}
