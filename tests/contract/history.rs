//! Reading streams.

use domain::stored::NewEvent;
use domain::stored::Raw;
use domain::{Envelope, StreamId};
use uuid::Uuid;

use super::given::{Store, event_about, item, stream};
use command_side::ports::Item;

suite!(Store:
    a_stream_is_loaded_in_order_from_any_version,
    every_kind_of_stream_is_loaded,
    what_is_not_there_is_nothing,
    an_event_comes_back_as_it_was_appended,
    the_hash_at_a_version_is_found,
    the_events_about_a_part_are_found_in_their_order_up_to_a_version,
    the_last_event_of_a_type_is_found_at_or_below_a_version,
    the_next_event_of_a_type_is_found_above_a_version,
    the_stream_of_a_part_is_found,
    a_version_beyond_any_store_is_not_an_error,
);

/// `events`, appended to a fresh stream.
async fn filled(store: &Store, events: Vec<NewEvent>) -> StreamId {
    let stream = stream();
    store.appended(Item { events, ..item(stream, 0, 0) }).await;
    stream
}

fn versions(events: &[Envelope<Raw>]) -> Vec<u64> {
    events.iter().map(|event| event.version).collect()
}

async fn a_stream_is_loaded_in_order_from_any_version(store: Store) {
    let (one, other) = (stream(), stream());
    store.append(&[item(one, 0, 2), item(other, 0, 2), item(one, 2, 3)]).await;
    for after in 0..=6 {
        let past = store.history.after(one, after).await.expect("the store is there");
        assert!(past.iter().map(|event| event.version).eq(after + 1..=5), "{after}");
        assert!(past.iter().all(|event| event.event_type == "RoomClosed" && event.schema_version == 1));
    }
}

async fn every_kind_of_stream_is_loaded(store: Store) {
    for kind in domain::Kind::ALL {
        let stream = StreamId { kind, id: Uuid::now_v7() };
        store.appended(item(stream, 0, 2)).await;
        assert_eq!(store.version(stream).await, 2, "{kind:?}");
    }
}

async fn what_is_not_there_is_nothing(store: Store) {
    let (history, unknown) = (&store.history, stream());
    store.appended(item(stream(), 0, 1)).await;
    assert_eq!(history.after(unknown, 0).await, Ok(vec![]));
    assert_eq!(history.at(unknown, 1).await, Ok(None));
    assert_eq!(history.hash(unknown, 1).await, Ok(None));
    assert_eq!(history.about(unknown, Uuid::now_v7(), 9).await, Ok(vec![]));
    assert_eq!(history.last_of_type(unknown, "RoomClosed", 9).await, Ok(None));
    assert_eq!(history.stream_of(Uuid::now_v7()).await, Ok(None));
}

async fn an_event_comes_back_as_it_was_appended(store: Store) {
    let mut odd = event_about(Uuid::now_v7());
    // What is hashed are the bytes: nothing may be set straight on the way.
    odd.raw.json = "{\"RoomClosed\": {\"ü\":\t\"\\u0000\\u00e9\" } } ".to_owned();
    odd.raw.schema_version = 3;
    let mut bare = event_about(Uuid::now_v7());
    (bare.actor.user, bare.actor.causation_id, bare.actor.correlation_id) = (None, None, String::new());
    let stream = filled(&store, vec![odd.clone(), bare.clone()]).await;
    for (version, new) in [(1, odd), (2, bare)] {
        let found = store.history.at(stream, version).await.expect("the store is there").expect("appended");
        assert_eq!((found.stream, found.version, found.position), (stream, version, version));
        assert_eq!((found.event_id, found.actor, found.payload), (new.event_id, new.actor, new.raw));
    }
}

async fn the_hash_at_a_version_is_found(store: Store) {
    let events: Vec<_> = (0..2).map(|_| event_about(Uuid::now_v7())).collect();
    let stream = filled(&store, events.clone()).await;
    for (version, event) in (1..).zip(&events) {
        assert_eq!(store.history.hash(stream, version).await, Ok(Some(event.raw.hash)));
    }
}

async fn the_events_about_a_part_are_found_in_their_order_up_to_a_version(store: Store) {
    let (part, other) = (Uuid::now_v7(), Uuid::now_v7());
    let stream = filled(&store, [part, other, part, other, part].map(event_about).into()).await;
    // The same part in another stream is none of it.
    filled(&store, vec![event_about(part)]).await;
    let about = async |up_to| store.history.about(stream, part, up_to).await.expect("the store is there");
    assert_eq!(versions(&about(9).await), [1, 3, 5]);
    assert_eq!(versions(&about(3).await), [1, 3]);
    assert_eq!(versions(&about(2).await), [1]);
    assert!(about(0).await.is_empty());
}

fn named(name: &str) -> NewEvent {
    let mut event = event_about(Uuid::now_v7());
    event.raw.event_type = name.to_owned();
    event
}

async fn the_next_event_of_a_type_is_found_above_a_version(store: Store) {
    let stream = filled(&store, ["A", "B", "A", "B", "B"].map(named).into()).await;
    let next = async |name, version| {
        let found = store.history.next_of_type(stream, name, version).await.expect("the store is there");
        found.map(|event| event.version)
    };
    assert_eq!((next("A", 0).await, next("A", 1).await, next("A", 3).await), (Some(1), Some(3), None));
    assert_eq!((next("B", 2).await, next("C", 0).await, next("B", u64::MAX).await), (Some(4), None, None));
}

async fn the_last_event_of_a_type_is_found_at_or_below_a_version(store: Store) {
    let stream = filled(&store, ["A", "B", "A", "B", "B"].map(named).into()).await;
    let last = async |name, version| {
        let found = store.history.last_of_type(stream, name, version).await.expect("the store is there");
        found.map(|event| event.version)
    };
    assert_eq!((last("A", 9).await, last("A", 3).await, last("A", 2).await), (Some(3), Some(3), Some(1)));
    assert_eq!((last("B", 5).await, last("B", 1).await, last("C", 9).await), (Some(5), None, None));
}

async fn the_stream_of_a_part_is_found(store: Store) {
    let part = Uuid::now_v7();
    let stream = filled(&store, vec![event_about(Uuid::now_v7()), event_about(part)]).await;
    assert_eq!(store.history.stream_of(part).await, Ok(Some(stream)));
}

async fn a_version_beyond_any_store_is_not_an_error(store: Store) {
    let part = Uuid::now_v7();
    let stream = filled(&store, vec![event_about(part)]).await;
    for version in [u64::MAX, u64::MAX / 2, 1 << 63] {
        assert_eq!(store.history.after(stream, version).await, Ok(vec![]));
        assert_eq!(store.history.at(stream, version).await, Ok(None));
        assert_eq!(store.history.hash(stream, version).await, Ok(None));
        assert_eq!(store.history.about(stream, part, version).await.map(|about| versions(&about)), Ok(vec![1]));
    }
}
