//! Snapshots: one a stream, the newest.

use command_side::ports::Snapshot;
use domain::StreamId;

use super::given::{Store, stream};

suite!(Store:
    a_snapshot_comes_back_as_it_was_saved,
    the_newest_takes_the_place_of_the_one_before,
    one_that_comes_late_is_not_kept,
    one_of_another_shape_is_kept_whatever_its_version,
);

fn snapshot(stream: StreamId, version: u64, shape: u16) -> Snapshot {
    Snapshot { stream, version, shape, state: format!("{{ \"at\":{version} }}") }
}

async fn loaded(store: &Store, stream: StreamId) -> Option<Snapshot> {
    store.snapshots.load(stream).await.expect("the store is there")
}

async fn saved(store: &Store, snapshot: Snapshot) {
    store.snapshots.save(snapshot).await.expect("the store is there");
}

async fn a_snapshot_comes_back_as_it_was_saved(store: Store) {
    let (one, other) = (stream(), stream());
    assert_eq!(loaded(&store, one).await, None);
    saved(&store, snapshot(one, 256, 3)).await;
    saved(&store, snapshot(other, 512, 3)).await;
    assert_eq!(loaded(&store, one).await, Some(snapshot(one, 256, 3)));
}

async fn the_newest_takes_the_place_of_the_one_before(store: Store) {
    let stream = stream();
    saved(&store, snapshot(stream, 256, 1)).await;
    saved(&store, snapshot(stream, 512, 1)).await;
    assert_eq!(loaded(&store, stream).await, Some(snapshot(stream, 512, 1)));
}

async fn one_that_comes_late_is_not_kept(store: Store) {
    let stream = stream();
    saved(&store, snapshot(stream, 512, 1)).await;
    saved(&store, snapshot(stream, 256, 1)).await;
    assert_eq!(loaded(&store, stream).await, Some(snapshot(stream, 512, 1)));
}

async fn one_of_another_shape_is_kept_whatever_its_version(store: Store) {
    let stream = stream();
    saved(&store, snapshot(stream, 512, 1)).await;
    saved(&store, snapshot(stream, 256, 2)).await;
    assert_eq!(loaded(&store, stream).await, Some(snapshot(stream, 256, 2)));
}
