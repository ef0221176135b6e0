//! The partitions that are kept up to date, as they come and go.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;

use futures::future::BoxFuture;

use crate::ports::{LogError, Partition};

type Keeping<'k> = BoxFuture<'k, Result<(), LogError>>;

/// What keeps each partition.
#[derive(Default)]
pub(super) struct Kept<'k>(BTreeMap<Partition, Keeping<'k>>);

impl<'k> Kept<'k> {
    /// Keeps those that are `wanted`, and no others.
    pub(super) fn change(&mut self, wanted: &[Partition], keep: impl Fn(Partition) -> Keeping<'k>) {
        self.0.retain(|partition, _| wanted.contains(partition));
        for partition in wanted {
            self.0.entry(*partition).or_insert_with(|| keep(*partition));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits until one of them ends, which is forgotten then; for ever while there is none.
    pub(super) async fn next(&mut self) -> Result<(), LogError> {
        poll_fn(|task| {
            for (partition, keeping) in &mut self.0 {
                if let Poll::Ready(ended) = keeping.as_mut().poll(task) {
                    let partition = *partition;
                    self.0.remove(&partition);
                    return Poll::Ready(ended);
                }
            }
            Poll::Pending
        })
        .await
    }
}
