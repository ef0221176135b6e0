//! Who keeps which partition: one goes on for each that is assigned.

use std::collections::HashMap;
use std::pin::Pin;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::watch;

use super::GRACE;
use crate::ports::{LogError, Partition};

/// What the keeper of a partition is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    GoOn,
    /// Apply what is in the log already, and end.
    Drain,
    /// Finish the batch in hand and end: another process waits for the partition.
    HandOver,
}

impl Told {
    pub(super) fn is_over(self) -> bool {
        self != Self::GoOn
    }
}

/// Waits until it is not told to go on any more; for ever, if nobody can tell.
pub(super) async fn over(told: &mut watch::Receiver<Told>) {
    if told.wait_for(|told| told.is_over()).await.is_err() {
        std::future::pending().await
    }
}

type Keeping<'k> = Pin<Box<dyn Future<Output = (Partition, Result<(), LogError>)> + Send + 'k>>;

/// Keepers of partitions, in the task of whoever asks for [`Keepers::next`].
#[derive(Default)]
pub(super) struct Keepers<'k> {
    told: HashMap<Partition, watch::Sender<Told>>,
    keeping: FuturesUnordered<Keeping<'k>>,
    is_draining: bool,
}

impl<'k> Keepers<'k> {
    /// Lets exactly `partitions` be kept; those that are kept no longer are handed over within 2 s.
    pub(super) fn adjust<K>(&mut self, partitions: &[Partition], keep: impl Fn(Partition, watch::Receiver<Told>) -> K)
    where
        K: Future<Output = Result<(), LogError>> + Send + 'k,
    {
        for (_, told) in self.told.iter().filter(|(partition, _)| !partitions.contains(partition)) {
            told.send_if_modified(|told| std::mem::replace(told, Told::HandOver) != Told::HandOver);
        }
        for partition in partitions {
            // One that is being handed over ends first; then it is begun again.
            if !self.told.contains_key(partition) {
                let (told, hears) = watch::channel(Told::GoOn);
                self.told.insert(*partition, told);
                self.keeping.push(Box::pin(bounded(*partition, keep(*partition, hears.clone()), hears)));
            }
        }
    }

    /// Lets all of them apply what is in the log already, and end; whether they have.
    pub(super) fn drain(&mut self) -> bool {
        self.is_draining = true;
        for told in self.told.values() {
            told.send_if_modified(|told| *told == Told::GoOn && std::mem::replace(told, Told::Drain) == Told::GoOn);
        }
        self.told.is_empty()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining
    }

    /// The next one that ends, and how; nothing while there is none.
    pub(super) async fn next(&mut self) -> Option<(Partition, Result<(), LogError>)> {
        let (partition, ended) = self.keeping.next().await?;
        self.told.remove(&partition);
        Some((partition, ended))
    }
}

/// Breaks off what is not finished in time when it is to be handed over; what it had not committed, another does again.
async fn bounded(
    partition: Partition,
    keep: impl Future<Output = Result<(), LogError>>,
    mut told: watch::Receiver<Told>,
) -> (Partition, Result<(), LogError>) {
    let overdue = async {
        if told.wait_for(|told| *told == Told::HandOver).await.is_err() {
            std::future::pending().await
        }
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = keep => (partition, ended),
        () = overdue => (partition, Ok(())),
    }
}
