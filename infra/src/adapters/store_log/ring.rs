//! The newest entries of the log, without a hole.

use std::collections::VecDeque;

use domain::Position;
use projections::ports::Entry;

use crate::adapters::entries::Decoded;

/// How many entries are kept at the most.
const MOST: usize = 8192;
/// How many bytes they may take.
const MOST_BYTES: usize = 8 << 20;

/// The entries after `begin`.
pub(super) struct Ring {
    begin: Position,
    entries: VecDeque<Decoded>,
    bytes: usize,
}

impl Ring {
    /// An empty one: it will go on after `begin`.
    pub(super) fn after(begin: Position) -> Self {
        Self { begin, entries: VecDeque::new(), bytes: 0 }
    }

    /// After which position it begins.
    pub(super) fn begin(&self) -> Position {
        self.begin
    }

    /// The newest position.
    pub(super) fn end(&self) -> Position {
        self.begin + self.entries.len() as Position
    }

    /// Up to `limit` entries after `position`; `None` when that does not lie in it.
    pub(super) fn read(&self, position: Position, limit: usize) -> Option<Vec<Entry>> {
        let skip = usize::try_from(position.checked_sub(self.begin)?).ok()?;
        let to = self.entries.len().min(skip.saturating_add(limit));
        (skip <= to).then(|| self.entries.range(skip..to).map(|one| one.entry.clone()).collect())
    }

    /// Takes in what follows, and lets the oldest go beyond the bounds.
    pub(super) fn extend(&mut self, newest: Vec<Decoded>) {
        self.bytes += newest.iter().map(|one| one.bytes).sum::<usize>();
        self.entries.extend(newest);
        while self.entries.len() > MOST || self.bytes > MOST_BYTES {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.begin += 1;
            self.bytes -= oldest.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{EventId, StreamId, Timestamp, UserId};
    use projections::ports::Unreadable;
    use uuid::Uuid;

    use super::*;

    fn entry(position: Position, bytes: usize) -> Decoded {
        let (stream, event_id) =
            (StreamId::from(UserId(Uuid::from_u128(1))), EventId(Uuid::from_u128(position.into())));
        let why = String::new();
        let entry = Unreadable { position, event_id, stream, version: position, recorded_at: Timestamp(0), why };
        Decoded { entry: Entry::Unreadable(entry), bytes }
    }

    fn positions(ring: &Ring, after: Position, limit: usize) -> Option<Vec<Position>> {
        Some(ring.read(after, limit)?.iter().map(Entry::position).collect())
    }

    #[test]
    fn it_is_read_from_any_place_that_lies_in_it() {
        let mut ring = Ring::after(10);
        ring.extend((11..=13).map(|position| entry(position, 1)).collect());
        assert_eq!(positions(&ring, 9, 5), None);
        assert_eq!(positions(&ring, 10, 5), Some(vec![11, 12, 13]));
        assert_eq!(positions(&ring, 11, 1), Some(vec![12]));
        assert_eq!(positions(&ring, 13, 5), Some(vec![]));
        assert_eq!(positions(&ring, 14, 5), None);
    }

    #[test]
    fn the_oldest_go_first_by_number_and_by_size() {
        let mut ring = Ring::after(0);
        ring.extend((1..=MOST as Position + 2).map(|position| entry(position, 1)).collect());
        assert_eq!((ring.begin(), ring.end()), (2, MOST as Position + 2));
        ring.extend(vec![entry(MOST as Position + 3, MOST_BYTES)]);
        assert_eq!((ring.begin(), ring.end()), (MOST as Position + 2, MOST as Position + 3));
    }
}
