//! Appending: versions, guards, positions, and the order within a batch.

use command_side::ports::{Conflict, Item};
use uuid::Uuid;

use super::given::{Store, item, keyed, somebody, stream};

suite!(Store:
    positions_count_every_event_with_no_hole,
    versions_count_each_stream_by_itself,
    a_stream_that_is_elsewhere_is_a_conflict_and_nothing_is_written,
    a_conflict_fails_only_its_own_item,
    items_are_checked_against_those_before_them,
    an_item_that_failed_is_not_seen_by_those_behind_it,
    a_guarded_stream_must_be_where_it_was_judged,
    a_guard_sees_the_items_before_it,
    an_item_without_events_is_only_checked,
    an_empty_batch_is_nothing,
    many_items_and_many_events_go_into_one_batch,
    a_bad_value_makes_the_batch_fail_and_nothing_of_it_stays,
    time_does_not_go_back,
    two_kinds_of_stream_may_share_an_id,
);

async fn positions_count_every_event_with_no_hole(store: Store) {
    let (one, two) = (stream(), stream());
    let answers = store.append(&[item(one, 0, 2), item(two, 0, 3)]).await;
    let positions: Vec<_> = answers.into_iter().map(|answer| answer.expect("no conflict").position).collect();
    assert_eq!(positions, [1, 3]);
    assert_eq!(store.appended(item(one, 2, 1)).await, 6);
}

async fn versions_count_each_stream_by_itself(store: Store) {
    let (one, two) = (stream(), stream());
    store.append(&[item(one, 0, 2), item(two, 0, 1)]).await;
    store.append(&[item(one, 2, 2)]).await;
    assert_eq!((store.version(one).await, store.version(two).await), (4, 1));
}

async fn a_stream_that_is_elsewhere_is_a_conflict_and_nothing_is_written(store: Store) {
    let stream = stream();
    store.appended(item(stream, 0, 2)).await;
    for elsewhere in [0, 1, 3, u64::MAX] {
        assert_eq!(store.append(&[item(stream, elsewhere, 1)]).await, [Err(Conflict::Version)], "{elsewhere}");
    }
    assert_eq!(store.version(stream).await, 2);
}

async fn a_conflict_fails_only_its_own_item(store: Store) {
    let (one, two, three) = (stream(), stream(), stream());
    let answers = store.append(&[item(one, 0, 1), item(two, 5, 1), item(three, 0, 1)]).await;
    assert_eq!(answers[1], Err(Conflict::Version));
    let position = |index: usize| answers[index].clone().map(|appended| appended.position);
    assert_eq!((position(0), position(2)), (Ok(1), Ok(2)));
    assert_eq!(store.version(two).await, 0);
}

async fn items_are_checked_against_those_before_them(store: Store) {
    let stream = stream();
    let answers = store.append(&[item(stream, 0, 2), item(stream, 2, 1), item(stream, 2, 1)]).await;
    assert!(answers[0].is_ok() && answers[1].is_ok());
    assert_eq!(answers[2], Err(Conflict::Version));
    assert_eq!(store.version(stream).await, 3);
}

async fn an_item_that_failed_is_not_seen_by_those_behind_it(store: Store) {
    let (one, user) = (stream(), somebody());
    let failing = Item { keys: keyed(user, 1).keys, ..item(one, 7, 1) };
    let answers = store.append(&[failing, item(one, 0, 1), keyed(user, 1)]).await;
    assert_eq!(answers[0], Err(Conflict::Version));
    assert!(answers[1].is_ok() && answers[2].is_ok(), "{answers:?}");
}

async fn a_guarded_stream_must_be_where_it_was_judged(store: Store) {
    let (judged, unknown) = (stream(), stream());
    store.appended(item(judged, 0, 2)).await;
    let guarded = |guards| Item { guards, ..item(stream(), 0, 1) };
    assert!(store.append(&[guarded(vec![(judged, 2), (unknown, 0)])]).await[0].is_ok());
    for guard in [(judged, 1), (judged, 3), (unknown, 1)] {
        assert_eq!(store.append(&[guarded(vec![(judged, 2), guard])]).await, [Err(Conflict::Guard(guard.0))]);
    }
}

async fn a_guard_sees_the_items_before_it(store: Store) {
    let judged = stream();
    let guarded = |version| Item { guards: vec![(judged, version)], ..item(stream(), 0, 1) };
    let answers = store.append(&[guarded(0), item(judged, 0, 1), guarded(0), guarded(1)]).await;
    assert!(answers[0].is_ok() && answers[3].is_ok(), "{answers:?}");
    assert_eq!(answers[2], Err(Conflict::Guard(judged)));
}

async fn an_item_without_events_is_only_checked(store: Store) {
    let (one, other) = (stream(), stream());
    store.appended(item(one, 0, 3)).await;
    let bare = |expected| item(one, expected, 0);
    let answers = store.append(&[bare(3), bare(2), item(other, 0, 1), item(stream(), 0, 1), bare(3)]).await;
    // It stands where the log ends.
    assert_eq!(answers[0].clone().map(|appended| appended.position), Ok(3));
    assert_eq!(answers[1], Err(Conflict::Version));
    assert_eq!(answers[4].clone().map(|appended| appended.position), Ok(5));
    assert_eq!(store.version(one).await, 3);
    assert_eq!(store.appended(item(stream(), 0, 1)).await, 6);
}

async fn an_empty_batch_is_nothing(store: Store) {
    assert_eq!(store.append(&[]).await, []);
    assert_eq!(store.append(&[Item::default()]).await.len(), 1);
    assert_eq!(store.appended(item(stream(), 0, 1)).await, 1);
}

async fn many_items_and_many_events_go_into_one_batch(store: Store) {
    let streams: Vec<_> = (0..300).map(|_| stream()).collect();
    let mut batch: Vec<_> = streams.iter().map(|stream| item(*stream, 0, 1)).collect();
    batch.push(item(streams[0], 1, 700));
    let answers = store.append(&batch).await;
    let mut positions = answers.into_iter().map(|answer| answer.expect("no conflict").position);
    assert!(positions.by_ref().take(300).eq(1..=300));
    assert_eq!(positions.next(), Some(301));
    assert_eq!(store.version(streams[0]).await, 701);
    assert_eq!(store.version(streams[299]).await, 1);
}

async fn a_bad_value_makes_the_batch_fail_and_nothing_of_it_stays(store: Store) {
    let (good, bad) = (stream(), stream());
    let mut nameless = item(bad, 0, 1);
    nameless.events[0].raw.event_type.clear();
    let refused = store.append.append(&[item(good, 0, 1), nameless]).await.expect_err("an event has a name");
    assert!(matches!(refused, command_side::ports::AppendError::Rejected(_)), "{refused:?}");
    assert_eq!((store.version(good).await, store.version(bad).await), (0, 0));
    assert_eq!(store.appended(item(good, 0, 1)).await, 1, "the store goes on, without a hole");
}

async fn time_does_not_go_back(store: Store) {
    let mut last = None;
    for _ in 0..5 {
        let appended = store.append(&[item(stream(), 0, 1)]).await.remove(0).expect("no conflict");
        assert!(Some(appended.recorded_at) >= last);
        last = Some(appended.recorded_at);
    }
    assert!(last.expect("five times").0 > 1_600_000_000_000, "milliseconds since 1970");
}

async fn two_kinds_of_stream_may_share_an_id(store: Store) {
    let id = Uuid::now_v7();
    let (user, room) = (domain::UserId(id).into(), domain::RoomId(id).into());
    let answers = store.append(&[item(user, 0, 2), item(room, 0, 1)]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(store.append(&[item(room, 2, 1)]).await, [Err(Conflict::Version)]);
}
