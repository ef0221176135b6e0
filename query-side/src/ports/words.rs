//! Searching messages.

use domain::{Position, RoomId, UserId};

use super::NumberedMessage;

/// Where messages are searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// In these rooms, in each up to the position of its last event; in the order of these positions, the newest first.
    Rooms(Vec<(RoomId, Position)>),
    /// In all that somebody is a member of now.
    RoomsOf(UserId),
}

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    pub within: Within,
    /// Terms of [`domain::text::terms`], all of which a message must hold; without any nothing is found.
    pub terms: Vec<String>,
    /// Only what was sent before this position.
    pub before: Position,
    pub limit: u32,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Newest first, each with the position of its sending.
    pub messages: Vec<(Position, NumberedMessage)>,
    /// What was sent at or after this position was looked through, unless the limit was reached; 0 when that is everything.
    /// So a search for words that are frequent, but not together, ends soon, and goes on from here.
    pub looked_to: Position,
    /// Whether one of somebody's rooms is parked; those that were named are not asked about.
    pub is_parked: bool,
}
