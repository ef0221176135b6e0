//! What was written last in a test, so that somebody else's next read waits for it.

use std::sync::{Arc, Mutex};

/// Who wrote last and the position that the answer named; shared by the people of one test.
///
/// A reader who is not the last writer sends it as `Min-Event-Position`. The writer sends nothing: a user's own
/// writes are seen without the client doing anything, and the stories would hide it if that were not so.
#[derive(Clone, Debug, Default)]
pub struct Trail(Arc<Mutex<Option<(String, String)>>>);

impl Trail {
    pub(crate) fn wrote(&self, who: &str, position: &str) {
        *self.0.lock().expect("no panic while held") = Some((who.into(), position.into()));
    }

    pub(crate) fn bound_for(&self, reader: &str) -> Option<String> {
        let last = self.0.lock().expect("no panic while held");
        last.as_ref().filter(|(writer, _)| writer != reader).map(|(_, position)| position.clone())
    }
}
