//! What Redis was not there for.

use std::collections::HashMap;

use domain::UserId;
use query_side::Positions;

/// The most users whose notes wait for Redis to come back.
const MOST: usize = 100_000;

/// Notes that wait for Redis.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    notes: HashMap<UserId, Positions>,
    /// The highest of those that were forgotten: they are noted as anybody's.
    anybody: Positions,
}

impl Unwritten {
    pub(super) fn is_empty(&self) -> bool {
        self.notes.is_empty() && self.anybody == Positions::default()
    }

    /// Keeps that `user` wrote at `positions`.
    pub(super) fn keep(&mut self, user: UserId, positions: &Positions) {
        if self.notes.len() >= MOST && !self.notes.contains_key(&user) {
            // Whoever is forgotten waits for the highest that is forgotten, rather than reads too early.
            self.notes.drain().for_each(|(_, positions)| self.anybody.merge(&positions));
        }
        self.notes.entry(user).or_default().merge(positions);
    }

    /// Keeps that anybody may have written at `positions`.
    pub(super) fn keep_anybody(&mut self, positions: &Positions) {
        self.anybody.merge(positions);
    }

    /// Gives out some of the notes, at most so many.
    pub(super) fn take(&mut self, most: usize) -> Vec<(UserId, Positions)> {
        let users: Vec<_> = self.notes.keys().take(most).copied().collect();
        users.into_iter().filter_map(|user| self.notes.remove_entry(&user)).collect()
    }

    /// Gives out what anybody may have written.
    pub(super) fn take_anybody(&mut self) -> Positions {
        std::mem::take(&mut self.anybody)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(n: usize) -> UserId {
        UserId(Uuid::from_u128(n as u128))
    }

    #[test]
    fn what_is_kept_is_given_out_once() {
        let mut unwritten = Unwritten::default();
        unwritten.keep(user(1), &Positions::of(1000, 7));
        unwritten.keep(user(1), &Positions::of(1000, 5));
        assert_eq!(unwritten.take(10), [(user(1), Positions::of(1000, 7))]);
        assert!(unwritten.is_empty());
    }

    #[test]
    fn whoever_is_forgotten_counts_as_anybody() {
        let mut unwritten = Unwritten::default();
        (0..=MOST).for_each(|n| unwritten.keep(user(n), &Positions::of(1000, 10 + n as u64)));
        assert_eq!(unwritten.take(10).len(), 1);
        assert_eq!(unwritten.take_anybody(), Positions::of(1000, 9 + MOST as u64));
    }
}
