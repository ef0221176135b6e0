//! What is brought over from the system before: its times, its rooms' numbers, its passwords.

use command_side::ports::{Account, Item};
use domain::{RoomId, Timestamp};
use uuid::Uuid;

use super::given::{Store, claim, credential, item, somebody, stream};

suite!(Store:
    what_happened_before_is_recorded_when_it_happened,
    time_does_not_go_back_for_what_happened_before,
    what_happens_now_is_recorded_now,
    a_number_leads_to_its_room,
    a_password_is_rehashed_unless_it_was_changed,
);

async fn brought(store: &Store, item: Item, at: i64) -> Timestamp {
    let appended = store.past.append_past(&[item], Timestamp(at)).await.expect("the store is there").remove(0);
    let appended = appended.expect("no conflict");
    appended.recorded_at
}

async fn what_happened_before_is_recorded_when_it_happened(store: Store) {
    let stream = stream();
    assert_eq!(brought(&store, item(stream, 0, 2), 1_000).await, Timestamp(1_000));
    let claiming = Item { claims: vec![claim(b'x', somebody())], ..item(stream, 2, 1) };
    assert_eq!(brought(&store, claiming, 2_000).await, Timestamp(2_000));
    assert_eq!(brought(&store, item(stream, 3, 1), 3_000).await, Timestamp(3_000));
    for (version, at) in [(1, 1_000), (2, 1_000), (3, 2_000), (4, 3_000)] {
        let event = store.history.at(stream, version).await.expect("the store is there").expect("an event");
        assert_eq!(event.recorded_at, Timestamp(at), "at version {version}");
    }
}

async fn time_does_not_go_back_for_what_happened_before(store: Store) {
    brought(&store, item(stream(), 0, 1), 5_000).await;
    assert_eq!(brought(&store, item(stream(), 0, 1), 1_000).await, Timestamp(5_000));
}

async fn what_happens_now_is_recorded_now(store: Store) {
    let stream = stream();
    store.appended(item(stream, 0, 1)).await;
    let event = store.history.at(stream, 1).await.expect("the store is there").expect("an event");
    assert!(event.recorded_at > Timestamp(1_700_000_000_000), "{}", event.recorded_at);
}

async fn a_number_leads_to_its_room(store: Store) {
    let (room, other) = (RoomId(Uuid::now_v7()), RoomId(Uuid::now_v7()));
    let find = async |number| store.older_rooms.find(number).await.expect("the store is there");
    assert_eq!(find(7).await, None);
    for (number, to) in [(7, other), (7, room), (8, room), (7, room)] {
        store.older_rooms.lead(number, to).await.expect("the store is there");
    }
    assert_eq!((find(7).await, find(8).await, find(9).await), (Some(room), Some(room), None));
}

async fn a_password_is_rehashed_unless_it_was_changed(store: Store) {
    let ann = somebody();
    let hash = async || store.credentials.of(ann).await.expect("the store is there").expect("an account").password_hash;
    store.appended(Item { credentials: vec![credential(ann, "older")], ..item(stream(), 0, 1) }).await;
    let known = Account { user: ann, password_hash: "older".to_owned() };
    store.credentials.rehash(&known, "newer").await.expect("the store is there");
    assert_eq!(hash().await, "newer");
    store.credentials.rehash(&known, "late").await.expect("the store is there");
    assert_eq!(hash().await, "newer");
}
