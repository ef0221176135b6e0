//! What every read model answers, whichever technology keeps it: `make` gives an empty one and a look at its rows.

use domain::{Envelope, StreamId};
use futures::StreamExt as _;
use projections::ports::{Checkpoint, Commit, CommitError, Digested, Parked, Projection, Scratch, Unavailable};

/// A commit of `events`, which follow each other in the log.
pub(crate) fn commit<P: Projection>(events: &[Envelope]) -> Commit<P::Change> {
    let checkpoint = |event: &Envelope| Checkpoint {
        offset: event.position,
        position: event.position,
        event_id: Some(event.event_id),
    };
    let (first, last) = (events.first().expect("events"), events.last().expect("events"));
    let before = first.position - 1;
    Commit {
        partition: 0,
        // The id of the event before is not compared: the position says enough.
        from: Checkpoint { offset: before, position: before, event_id: None },
        to: checkpoint(last),
        changes: events.iter().flat_map(|event| P::project(event).expect("projectable")).collect(),
        parked: vec![],
        released: vec![],
    }
}

pub(crate) async fn rows<C>(scratch: &Scratch<C>) -> Vec<Digested> {
    let rows: Vec<Result<_, Unavailable>> = scratch.digests.digests().collect().await;
    rows.into_iter().collect::<Result<_, _>>().expect("digests")
}

async fn folded<P: Projection>(scratch: Scratch<P::Change>, events: &[Envelope], batch: usize) -> Vec<Digested> {
    scratch.model.checkpoint(0).await.expect("a model");
    for chunk in events.chunks(batch) {
        scratch.model.commit(commit::<P>(chunk)).await.expect("a commit");
    }
    rows(&scratch).await
}

/// However the events fall into batches, the rows are the same.
pub(crate) async fn batches_do_not_show<P: Projection>(
    events: &[Envelope],
    make: impl AsyncFn() -> Scratch<P::Change>,
) {
    let expected = folded::<P>(make().await, events, 1).await;
    assert!(!expected.is_empty());
    for batch in [2, 3, 7, 50, 300, events.len()] {
        assert_eq!(folded::<P>(make().await, events, batch).await, expected, "in batches of {batch}");
    }
}

/// Whoever is not where the checkpoint is changes nothing, and learns where it is.
pub(crate) async fn the_checkpoint_is_compared<P: Projection>(
    events: &[Envelope],
    make: impl AsyncFn() -> Scratch<P::Change>,
) {
    let scratch = make().await;
    let model = &scratch.model;
    assert_eq!(model.checkpoint(0).await, Ok(Checkpoint::default()));
    let (one, two) = events.split_at(events.len() / 2);
    assert_eq!(model.commit(commit::<P>(two)).await, Err(CommitError::Moved(0)));
    model.commit(commit::<P>(one)).await.expect("a commit");
    let moved = CommitError::Moved(one.len() as u64);
    assert_eq!(model.commit(commit::<P>(one)).await, Err(moved), "twice");
    let last = one.last().expect("events");
    let expected = Checkpoint { offset: last.position, position: last.position, event_id: Some(last.event_id) };
    assert_eq!(model.checkpoint(0).await, Ok(expected));
    assert_eq!(rows(&scratch).await, folded::<P>(make().await, one, one.len()).await);
}

/// A commit of which something can not be kept leaves nothing behind; `spoil` adds that to the changes, knowing which events were
/// kept before.
pub(crate) async fn what_is_refused_leaves_nothing<P: Projection>(
    events: &[Envelope],
    spoil: impl FnOnce(&mut Vec<P::Change>, &[Envelope]),
    make: impl AsyncFn() -> Scratch<P::Change>,
) {
    let scratch = make().await;
    let model = &scratch.model;
    model.checkpoint(0).await.expect("a model");
    let (one, two) = events.split_at(events.len() / 2);
    model.commit(commit::<P>(one)).await.expect("a commit");
    let mut refused = commit::<P>(two);
    spoil(&mut refused.changes, one);
    refused.parked = vec![parked(one[0].stream, 1)];
    assert!(matches!(model.commit(refused).await, Err(CommitError::Rejected(_))));
    assert_eq!(model.parked().await, Ok(vec![]));
    assert_eq!(rows(&scratch).await, folded::<P>(make().await, one, one.len()).await);
}

fn parked(stream: StreamId, version: u64) -> Parked {
    Parked { stream, version, position: 10 * version, why: "for a test".to_owned() }
}

/// Streams stand still, further on, and no longer.
pub(crate) async fn parked_streams_are_known<P: Projection>(
    events: &[Envelope],
    make: impl AsyncFn() -> Scratch<P::Change>,
) {
    let model = make().await.model;
    let start = model.checkpoint(0).await.expect("a model");
    let (one, other) = (events[0].stream, events[events.len() - 1].stream);
    let still = |parked, released| Commit { partition: 0, from: start, to: start, changes: vec![], parked, released };
    model.commit(still(vec![parked(one, 1), parked(other, 2)], vec![])).await.expect("a commit");
    model.commit(still(vec![parked(one, 3)], vec![])).await.expect("a commit");
    assert_eq!(model.parked().await, Ok(vec![parked(other, 2), parked(one, 3)]));
    model.commit(still(vec![], vec![other])).await.expect("a commit");
    assert_eq!(model.parked().await, Ok(vec![parked(one, 3)]));
}
