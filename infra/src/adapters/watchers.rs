//! Who has which room before their eyes, in this process.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_trait::async_trait;
use command_side::ports::processes::Watchers;
use domain::{RoomId, UserId};
use parking_lot::Mutex;
use query_side::ports::Watched;

/// The streams of single rooms that are open here: how many of whom, of which room.
#[derive(Debug, Default)]
pub struct InProcessWatchers(Mutex<HashMap<(UserId, RoomId), u32>>);

impl InProcessWatchers {
    /// A stream more; whether it is the first.
    pub(super) fn enter(&self, user: UserId, room: RoomId) -> bool {
        let mut open = self.0.lock();
        let streams = open.entry((user, room)).or_default();
        *streams += 1;
        *streams == 1
    }

    /// A stream less; whether it was the last.
    pub(super) fn leave(&self, user: UserId, room: RoomId) -> bool {
        let mut open = self.0.lock();
        let Entry::Occupied(mut streams) = open.entry((user, room)) else { return false };
        *streams.get_mut() -= 1;
        let was_last = *streams.get() == 0;
        if was_last {
            streams.remove();
        }
        was_last
    }

    /// Whether there is one.
    pub(super) fn is_there(&self, user: UserId, room: RoomId) -> bool {
        self.0.lock().contains_key(&(user, room))
    }

    /// All who are there.
    pub(super) fn all(&self) -> Vec<(UserId, RoomId)> {
        self.0.lock().keys().copied().collect()
    }
}

impl Watched for InProcessWatchers {
    fn came(&self, user: UserId, room: RoomId) {
        self.enter(user, room);
    }

    fn went(&self, user: UserId, room: RoomId) {
        self.leave(user, room);
    }
}

#[async_trait]
impl Watchers for InProcessWatchers {
    async fn is_watching(&self, user: UserId, room: RoomId) -> bool {
        self.is_there(user, room)
    }
}
