//! Many at once, and some that go away in the middle.

use std::future::poll_fn;
use std::task::Poll;

use command_side::ports::Conflict;
use futures::future::join_all;

use super::given::{Store, claim, claiming, item, somebody, stream};

suite!(Store:
    of_many_that_append_at_one_version_one_wins,
    of_many_that_claim_the_same_one_wins,
    many_streams_grow_at_once_without_a_hole,
    whoever_goes_away_in_the_middle_leaves_nothing_half_done,
);

async fn of_many_that_append_at_one_version_one_wins(store: Store) {
    let stream = stream();
    for version in 0..5 {
        let answers = join_all((0..8).map(async |_| store.append(&[item(stream, version, 1)]).await.remove(0))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|answer| **answer == Err(Conflict::Version)).count(), 7);
    }
    assert_eq!(store.version(stream).await, 5);
}

async fn of_many_that_claim_the_same_one_wins(store: Store) {
    let answers =
        join_all((0..8).map(async |_| store.append(&[claiming(claim(b'x', somebody()))]).await.remove(0))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
}

async fn many_streams_grow_at_once_without_a_hole(store: Store) {
    let grow = async |_: u32| {
        let stream = stream();
        let mut positions = vec![];
        for version in 0..10 {
            positions.push(store.appended(item(stream, version, 1)).await);
        }
        positions
    };
    let mut positions = join_all((0..8).map(grow)).await.concat();
    positions.sort_unstable();
    assert!(positions.into_iter().eq(1..=80));
}

/// Each attempt is given up at another of the points at which it waits. Whatever came of it, the stream has it whole or not at
/// all, and the store goes on.
async fn whoever_goes_away_in_the_middle_leaves_nothing_half_done(store: Store) {
    let stream = stream();
    let (mut version, mut given_up, mut others) = (0, 0, 0);
    for attempt in 0..60 {
        let batch = [item(stream, version, 20)];
        let answer = up_to(1 + attempt % 12, store.append.append(&batch)).await;
        given_up += u32::from(answer.is_none());
        others += 1;
        store.appended(item(super::given::stream(), 0, 1)).await;
        let now = store.version(stream).await;
        assert!(now == version + 20 || (now == version && answer.is_none()), "{version} → {now}: {answer:?}");
        version = now;
    }
    assert!(given_up > 0, "none was given up");
    assert_eq!(store.appended(item(stream, version, 1)).await, version + others + 1, "without a hole");
}

/// What `future` comes to, unless it still waits when it was polled so many times.
async fn up_to<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut polled) = (Box::pin(future), 0);
    poll_fn(move |context| {
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if polled >= polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
