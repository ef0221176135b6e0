//! What the last batches left, so that the next need not ask for it: in the process that is alone on its store nothing else
//! changes it. Whatever it says is held by the store's own unique indexes, and forgotten at the first doubt.

use std::collections::HashMap;

use command_side::ports::Item;
use domain::{Position, StreamId, Version};

use super::ledger::Ledger;

/// How many streams are known at once; beyond, all are forgotten and asked for again.
const MOST: usize = 50_000;

/// The end of the log and of the streams that were written or guarded lately.
#[derive(Default)]
pub(super) struct Remembered {
    head: Position,
    last_time: i64,
    versions: HashMap<StreamId, Version>,
}

impl Remembered {
    /// What `batch` will be checked against, if all of it is known.
    pub(super) fn ledger(&self, batch: &[Item]) -> Option<Ledger> {
        let mut versions = HashMap::with_capacity(2 * batch.len());
        for item in batch {
            if !item.claims.is_empty() || !item.keys.is_empty() || !item.credentials.is_empty() {
                return None;
            }
            for stream in item.stream.iter().chain(item.guards.iter().map(|(stream, _)| stream)) {
                versions.insert(*stream, *self.versions.get(stream)?);
            }
        }
        Some(Ledger::of(self.head, self.last_time, versions))
    }

    /// The same after a batch that left things as `ledger` says, and was recorded at `time` if something of it was.
    pub(super) fn and(mut self, ledger: Ledger, time: Option<i64>) -> Self {
        if self.versions.len() > MOST {
            self.versions = HashMap::new();
        }
        self.head = ledger.head;
        self.last_time = time.unwrap_or(ledger.last_time);
        self.versions.extend(ledger.versions);
        self
    }
}
