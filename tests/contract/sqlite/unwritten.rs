//! Snapshots gather before they are written.

use std::time::Duration;

use command_side::ports::{Snapshot, Snapshots as _};
use domain::StreamId;
use infra::adapters::event_store::{SqliteEventStore, write_snapshots};
use tokio::time::timeout;

use super::super::given::stream;
use super::Folder;

async fn saved(store: &SqliteEventStore, stream: StreamId, version: u64) {
    let snapshot = Snapshot { stream, version, shape: 1, state: "{}".to_owned() };
    store.save(snapshot).await.expect("the store is there");
}

/// What another process finds.
async fn written(folder: &Folder, stream: StreamId) -> Option<u64> {
    let snapshot = folder.beside().await.load(stream).await.expect("the store is there");
    snapshot.map(|snapshot| snapshot.version)
}

#[tokio::test]
async fn they_are_written_at_the_end_and_a_late_one_does_not_take_the_place_of_a_newer() {
    let (folder, stream) = (Folder::new(), stream());
    for (version, newest) in [(512, 512), (256, 512), (768, 768)] {
        let store = folder.store().await;
        saved(&store, stream, version).await;
        store.close().await;
        assert_eq!(written(&folder, stream).await, Some(newest), "after saving {version}");
    }
}

#[tokio::test]
async fn they_are_written_when_there_are_many() {
    let (folder, streams) = (Folder::new(), [(); 64].map(|()| stream()));
    let store = folder.store().await;
    for stream in &streams[1..] {
        saved(&store, *stream, 256).await;
    }
    assert_eq!(written(&folder, streams[1]).await, None);
    saved(&store, streams[0], 256).await;
    for stream in streams {
        assert_eq!(written(&folder, stream).await, Some(256));
    }
}

#[tokio::test]
async fn they_are_written_after_a_while() {
    let (folder, stream) = (Folder::new(), stream());
    let store = folder.store().await;
    saved(&store, stream, 256).await;
    let writing = tokio::spawn(write_snapshots(store));
    let look = async {
        while written(&folder, stream).await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), look).await.expect("written in time");
    writing.abort();
}
