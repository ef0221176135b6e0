//! The log up to where a read model stands, each of its partitions at a position of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Position;

use crate::ports::{After, Batch, Checkpoint, Entry, Log, LogError, Partition};

/// The event store itself: where a model stands there, it stands at least in every other partition.
pub(super) const THE_STORE: Partition = 0;

/// A log of the event store that gives only what a read model has read in the partition to which it belongs.
pub(super) struct UpTo<C> {
    log: Arc<dyn Log>,
    partition_of: C,
    ends: HashMap<Partition, Position>,
}

impl<C: Fn(&Entry) -> Partition + Send + Sync> UpTo<C> {
    /// What lies in `log` up to `ends`, cut by `partition_of`.
    pub(super) fn new(log: Arc<dyn Log>, partition_of: C, ends: &[(Partition, Checkpoint)]) -> Self {
        let ends = ends.iter().map(|(partition, end)| (*partition, end.position)).collect();
        Self { log, partition_of, ends }
    }

    /// The last position that is given. It always is: some partition ends there.
    pub(super) fn goal(&self) -> Position {
        self.ends.values().copied().max().unwrap_or(0)
    }

    fn is_in(&self, entry: &Entry) -> bool {
        let of = |partition| self.ends.get(&partition).copied().unwrap_or(0);
        entry.position() <= of(THE_STORE).max(of((self.partition_of)(entry)))
    }
}

#[async_trait]
impl<C: Fn(&Entry) -> Partition + Send + Sync> Log for UpTo<C> {
    fn partitions(&self) -> Vec<Partition> {
        vec![THE_STORE]
    }

    async fn read(&self, _: Partition, from: Checkpoint, limit: usize, wait: Duration) -> Result<Batch, LogError> {
        let mut given = Batch { entries: vec![], end: from };
        while given.entries.len() < limit {
            let missing = limit - given.entries.len();
            let batch = self.log.read(THE_STORE, given.end, missing, wait).await?;
            let is_last = batch.entries.len() < missing;
            given.end = batch.end;
            given.entries.extend(batch.entries.into_iter().filter(|entry| self.is_in(entry)));
            if is_last {
                break;
            }
        }
        Ok(given)
    }

    async fn of_stream(&self, partition: Partition, after: After, limit: usize) -> Result<Vec<Entry>, LogError> {
        let mut entries = self.log.of_stream(partition, after, limit).await?;
        entries.retain(|entry| self.is_in(entry));
        Ok(entries)
    }

    async fn end(&self, _: Partition) -> Result<Checkpoint, LogError> {
        Ok(Checkpoint::behind(self.goal()))
    }

    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError> {
        self.log.holds(checkpoint).await
    }
}

#[cfg(test)]
mod tests {
    use domain::RoomId;
    use uuid::Uuid;

    use super::*;
    use crate::given::{MemoryLog, event, sent};

    fn room(n: u64) -> RoomId {
        RoomId(Uuid::from_u128(u128::from(n)))
    }

    /// Positions 1, 2, 3 … belong to rooms 1, 2, 3, 1, 2, 3 …, whose partitions are 11, 12, 13.
    fn up_to(ends: &[(Partition, Position)]) -> UpTo<impl Fn(&Entry) -> Partition + Send + Sync> {
        let said =
            |position: u64| event(room((position - 1) % 3 + 1), position, sent(position, crate::given::ANN, "hi"));
        let log = MemoryLog::of((1..=3_000).map(said));
        let ends: Vec<_> = ends.iter().map(|(partition, end)| (*partition, Checkpoint::behind(*end))).collect();
        UpTo::new(log, |entry| 10 + u32::try_from(entry.stream().id.as_u128()).expect("small"), &ends)
    }

    async fn positions(log: &dyn Log, limit: usize) -> Vec<Position> {
        let (mut at, mut all) = (Checkpoint::default(), vec![]);
        loop {
            let batch = log.read(THE_STORE, at, limit, Duration::ZERO).await.expect("it is there");
            if batch.entries.is_empty() {
                return all;
            }
            at = batch.end;
            all.extend(batch.entries.iter().map(Entry::position));
        }
    }

    #[tokio::test]
    async fn of_each_partition_is_given_what_was_read_there() {
        let log = up_to(&[(THE_STORE, 4), (11, 10), (12, 2)]);
        for limit in [1, 2, 5, 100] {
            assert_eq!(positions(&log, limit).await, [1, 2, 3, 4, 7, 10]);
        }
        assert_eq!(log.goal(), 10);
    }

    #[tokio::test]
    async fn what_lies_far_behind_others_is_found() {
        let log = up_to(&[(13, 2_997)]);
        assert_eq!(positions(&log, 10).await, (1..=999).map(|n| 3 * n).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_model_that_stands_at_one_position_is_given_all_up_to_it() {
        assert_eq!(positions(&up_to(&[(THE_STORE, 50)]), 7).await, (1..=50).collect::<Vec<_>>());
        assert_eq!(positions(&up_to(&[]), 7).await, [0; 0]);
    }
}
