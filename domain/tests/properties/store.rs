//! A store that keeps text: what goes in is sealed, what comes out is opened.

use std::fmt::Debug;

use cqrs_es::Aggregate;
use domain::event::{Upcast, read};
use domain::{Decide, Event, HasPersonal, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Seals by turning the bytes round: enough to see that everything is sealed and opened again.
fn seal(what: &mut impl HasPersonal) {
    what.visit_personal(&mut |field| {
        if let Some(mut plain) = field.plain().expect("is written as JSON") {
            plain.reverse();
            field.seal(plain);
        }
    });
}

fn open(what: &mut impl HasPersonal) {
    what.visit_personal(&mut |field| {
        if let Some(mut plain) = field.sealed().map(<[u8]>::to_vec) {
            plain.reverse();
            field.open(&plain).expect("opens to what it was");
        }
    });
}

/// Written as the store keeps it, and read back.
fn stored<E: Upcast + HasPersonal + Into<Event>>(event: &E) -> E {
    let mut sealed = event.clone();
    seal(&mut sealed);
    let json = serde_json::to_string(&sealed.clone().into()).expect("nothing is in the clear");
    let shape = event.event_version().parse().expect("a number");
    let mut back: E = read(&event.event_type(), shape, &json).expect("is read");
    assert_eq!(back, sealed, "what comes out of the store is what went in");
    open(&mut back);
    back
}

/// Kept as a snapshot, and taken out again.
fn snapshot<A: HasPersonal + Clone + Serialize + DeserializeOwned>(state: &A) -> A {
    let mut sealed = state.clone();
    seal(&mut sealed);
    let json = serde_json::to_string(&sealed).expect("nothing is in the clear");
    let mut back: A = serde_json::from_str(&json).expect("is read");
    open(&mut back);
    back
}

/// `state`, after `events`.
pub(crate) fn after<A: Aggregate>(state: A, events: impl IntoIterator<Item = A::Event>) -> A {
    events.into_iter().fold(state, |mut state, event| {
        state.apply(event);
        state
    })
}

/// That `history` gives the state that lives: replayed, read from the store, and from a snapshot taken before its `cut`.
pub(crate) fn assert_replays<A>(live: &A, history: &[A::Event], cut: usize)
where
    A: Decide + PartialEq + Debug + Serialize + DeserializeOwned,
{
    let mut live = live.clone();
    live.forget_parts();
    let read: Vec<_> = history.iter().map(stored).collect();
    assert_eq!(read, history, "events come back as they were");
    assert_eq!(after(A::default(), history.to_vec()), live, "replayed");
    assert_eq!(after(A::default(), read), live, "replayed from the store");
    let (before, later) = history.split_at(cut.min(history.len()));
    let early = after(A::default(), before.to_vec());
    assert_eq!(after(snapshot(&early), later.to_vec()), live, "from a snapshot");
}

/// The history as it is read when the key of `subject` is destroyed.
pub(crate) fn erased<E: HasPersonal + Clone>(history: &[E], subject: UserId) -> Vec<E> {
    let mut history = history.to_vec();
    for event in &mut history {
        event.visit_personal(&mut |field| {
            if field.subject() == subject {
                field.erase();
            }
        });
    }
    history
}
