//! Who is erased where; there nothing more happens on their behalf.

use domain::{Event, StreamId, UserId};

use super::Story;

impl Story {
    pub(super) fn is_erased(&self, stream: impl Into<StreamId>, who: UserId) -> bool {
        self.erased.contains(&(stream.into(), who))
    }

    pub(super) fn erase(&mut self, stream: impl Into<StreamId>, who: UserId, said: impl Into<Event>) {
        let stream = stream.into();
        self.erased.insert((stream, who));
        self.record(stream, said);
    }
}
