//! Snapshots that are not written yet. One by one each would cost a store a transaction and an fsync; a snapshot is a shortcut that
//! may be lost, so they gather in memory and are written together.

use std::collections::HashMap;

use command_side::ports::Snapshot;
use domain::StreamId;
use parking_lot::Mutex;

/// The newest unwritten snapshot of each stream.
pub(super) struct Unwritten {
    most: usize,
    snapshots: Mutex<HashMap<StreamId, Snapshot>>,
}

impl Unwritten {
    /// One in which there are enough to be written when there are `most`.
    pub(super) fn holding(most: usize) -> Self {
        Self { most, snapshots: Mutex::default() }
    }

    pub(super) fn of(&self, stream: StreamId) -> Option<Snapshot> {
        self.snapshots.lock().get(&stream).cloned()
    }

    /// Adds `snapshot`; whether there are enough to be written.
    pub(super) fn add(&self, snapshot: Snapshot) -> bool {
        let mut unwritten = self.snapshots.lock();
        let is_older = |other: &Snapshot| other.shape == snapshot.shape && other.version >= snapshot.version;
        if !unwritten.get(&snapshot.stream).is_some_and(is_older) {
            unwritten.insert(snapshot.stream, snapshot);
        }
        unwritten.len() >= self.most
    }

    /// Takes all, in one order in all processes: two that write the same rows do not wait for each other in a ring.
    pub(super) fn take(&self) -> Vec<Snapshot> {
        let mut all: Vec<_> = std::mem::take(&mut *self.snapshots.lock()).into_values().collect();
        all.sort_unstable_by_key(|snapshot| snapshot.stream);
        all
    }
}
