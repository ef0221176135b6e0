//! What each user wrote last, in this process.

use std::collections::HashMap;

use async_trait::async_trait;
use command_side::ports::Written;
use domain::{Position, StreamId, UserId};
use parking_lot::Mutex;
use projections::ports::Partition;
use query_side::Positions;
use query_side::ports::{Freshness, LastWrite};
use uuid::Uuid;

/// The most users whose last write is known by name.
const MOST: usize = 100_000;
/// The log of a store has one partition.
const THE_LOG: Partition = 0;

/// Notes of last writes, as maxima. Of whom there is no note, it is known that they wrote nothing after `floor`.
#[derive(Debug)]
pub struct InProcessFreshness {
    notes: Mutex<Notes>,
}

#[derive(Debug)]
struct Notes {
    floor: Position,
    last: HashMap<UserId, Position>,
}

impl InProcessFreshness {
    /// Notes that begin when the log's head is at `head`: what was written before is not known, so it may be anybody's.
    #[must_use]
    pub fn new(head: Position) -> Self {
        Self { notes: Mutex::new(Notes { floor: head, last: HashMap::new() }) }
    }
}

impl Notes {
    fn note(&mut self, user: UserId, position: Position) {
        if self.last.len() >= MOST && !self.last.contains_key(&user) {
            // Whoever is forgotten waits for the highest that is forgotten, rather than reads too early.
            self.floor = self.last.drain().map(|(_, position)| position).fold(self.floor, Position::max);
        }
        let last = self.last.entry(user).or_default();
        *last = position.max(*last);
    }

    fn last(&self, user: UserId) -> Position {
        self.last.get(&user).copied().unwrap_or(self.floor)
    }
}

#[async_trait]
impl Written for InProcessFreshness {
    async fn note(&self, user: UserId, _stream: StreamId, _subject: Uuid, position: Position) -> String {
        self.notes.lock().note(user, position);
        Positions::of(THE_LOG, position).to_string()
    }
}

#[async_trait]
impl Freshness for InProcessFreshness {
    async fn last_written(&self, user: UserId) -> LastWrite {
        Some(Positions::of(THE_LOG, self.notes.lock().last(user))).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    #[tokio::test]
    async fn a_note_is_a_maximum_and_its_token_is_what_was_noted() {
        let freshness = InProcessFreshness::new(5);
        for position in [9, 7] {
            let token = freshness.note(user(1), user(1).into(), user(1).0, position).await;
            assert_eq!(token.parse(), Ok(Positions::of(0, position)));
        }
        assert_eq!(freshness.last_written(user(1)).await, Some(Positions::of(0, 9)).into());
    }

    #[tokio::test]
    async fn without_a_note_it_is_the_head_when_the_notes_began() {
        assert_eq!(InProcessFreshness::new(5).last_written(user(1)).await, Some(Positions::of(0, 5)).into());
    }

    #[test]
    fn what_is_forgotten_is_not_read_too_early() {
        let mut notes = Notes { floor: 5, last: HashMap::new() };
        let most = u64::try_from(MOST).expect("a number");
        (1..=most + 1).for_each(|n| notes.note(user(n.into()), 10 + n));
        assert_eq!(notes.last.len(), 1);
        assert_eq!((notes.last(user(1)), notes.last(user(u128::from(most) + 1))), (10 + most, 11 + most));
    }
}
