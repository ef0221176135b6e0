//! What was written in a test, so that somebody else's next read waits for it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use query_side::Positions;

/// How far everybody has written, as their answers named it; shared by the people of one test.
///
/// A reader sends what the others wrote as `Min-Event-Position`. What they wrote themselves they do not send: a user's
/// own writes are seen without the client doing anything, and the stories would hide it if that were not so.
/// All of it is kept and not the last alone: on a log of many partitions the last says nothing of those before.
#[derive(Clone, Debug, Default)]
pub struct Trail(Arc<Mutex<HashMap<String, Positions>>>);

impl Trail {
    pub(crate) fn wrote(&self, who: &str, position: &str) {
        let position = position.parse().expect("an Event-Position is one that queries take");
        self.0.lock().entry(who.to_owned()).or_default().merge(&position);
    }

    pub(crate) fn bound_for(&self, reader: &str) -> Option<String> {
        let wrote = self.0.lock();
        let others = wrote.iter().filter(|(writer, _)| *writer != reader);
        let bound = others.fold(Positions::default(), |mut bound, (_, position)| {
            bound.merge(position);
            bound
        });
        (bound != Positions::default()).then(|| bound.to_string())
    }
}
