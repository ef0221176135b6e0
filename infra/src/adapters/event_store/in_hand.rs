//! The events that this process appended last, so that its log need not read them back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::stored::Raw;
use domain::{Envelope, Position};
use parking_lot::Mutex;

/// How many are kept for a log that is slow to take them; it reads the others from the file.
const MOST: usize = 2048;

/// The newest events, without a hole between them.
#[derive(Default)]
pub(super) struct InHand {
    is_wanted: AtomicBool,
    events: Mutex<VecDeque<Envelope<Raw>>>,
}

impl InHand {
    /// Begins to keep what is appended from now on.
    pub(super) fn want(&self) {
        self.is_wanted.store(true, Ordering::Relaxed);
    }

    /// Keeps what was just committed.
    pub(super) fn keep(&self, appended: impl Iterator<Item = Envelope<Raw>>) {
        if !self.is_wanted.load(Ordering::Relaxed) {
            return;
        }
        let mut events = self.events.lock();
        for event in appended {
            // Somebody else appended between.
            if events.back().is_some_and(|last| last.position + 1 != event.position) {
                events.clear();
            }
            events.push_back(event);
        }
        let surplus = events.len().saturating_sub(MOST);
        events.drain(..surplus);
    }

    /// Takes what comes after `position`, if the very next is here.
    pub(super) fn take_after(&self, position: Position) -> Vec<Envelope<Raw>> {
        let mut events = self.events.lock();
        let known = events.iter().take_while(|event| event.position <= position).count();
        events.drain(..known);
        if events.front().is_some_and(|first| first.position == position + 1) {
            return events.drain(..).collect();
        }
        vec![]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::event_store::tests::event;

    fn positions(events: &[Envelope<Raw>]) -> Vec<Position> {
        events.iter().map(|event| event.position).collect()
    }

    #[test]
    fn what_was_appended_is_taken_once_from_where_the_reader_stands() {
        let in_hand = InHand::default();
        in_hand.want();
        in_hand.keep((1..=4).map(event));
        assert_eq!(positions(&in_hand.take_after(2)), [3, 4]);
        assert!(in_hand.take_after(2).is_empty());
    }

    #[test]
    fn a_reader_further_back_gets_nothing_and_must_read_the_file() {
        let in_hand = InHand::default();
        in_hand.want();
        in_hand.keep((3..=4).map(event));
        assert!(in_hand.take_after(1).is_empty());
    }

    #[test]
    fn what_lies_before_a_gap_is_let_go() {
        let in_hand = InHand::default();
        in_hand.want();
        in_hand.keep([1, 2, 5].into_iter().map(event));
        assert!(in_hand.take_after(0).is_empty());
        assert_eq!(positions(&in_hand.take_after(4)), [5]);
    }

    #[test]
    fn no_more_is_kept_than_a_bound_and_nothing_before_somebody_wants_it() {
        let in_hand = InHand::default();
        in_hand.keep((1..=2).map(event));
        in_hand.want();
        in_hand.keep((3..=2 * MOST as u64).map(event));
        assert_eq!(in_hand.take_after(MOST as u64).len(), MOST);
    }
}
