//! That somebody has a room before their eyes, for as long as their stream of it is open.

use std::sync::Arc;

use domain::{RoomId, UserId};

use crate::ports::Watched;

/// One open stream of one room; dropped, it is over.
pub(super) struct Watch {
    watched: Arc<dyn Watched>,
    user: UserId,
    room: RoomId,
}

impl Watch {
    pub(super) fn begin(watched: Arc<dyn Watched>, user: UserId, room: RoomId) -> Self {
        watched.came(user, room);
        Self { watched, user, room }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.watched.went(self.user, self.room);
    }
}
