//! A room's id, and its addresses.

use std::fmt;

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The id.
    pub id: String,
}

impl Room {
    pub(crate) fn new(id: &str) -> Self {
        Self { id: id.into() }
    }

    /// Its timeline.
    pub fn messages(&self) -> String {
        format!("/api/messages?room_id={}", self.id)
    }

    /// Its live stream.
    pub fn stream(&self) -> String {
        format!("/api/messages/stream/{}", self.id)
    }

    /// Its own address, with what follows.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/chat-rooms/{}{rest}", self.id)
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}
