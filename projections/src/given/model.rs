//! A read model in memory, and its faults.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use domain::StreamId;
use tokio::sync::Notify;

use crate::ports::{Checkpoint, Commit, CommitError, Parked, Partition, ReadModel, Unavailable};

/// What a model keeps.
#[derive(Debug)]
pub(crate) struct Kept<C> {
    pub(crate) checkpoints: HashMap<Partition, Checkpoint>,
    pub(crate) changes: Vec<C>,
    pub(crate) parked: Vec<Parked>,
    pub(crate) commits: usize,
}

/// A model that keeps changes as they come.
pub(crate) struct MemoryModel<C> {
    pub(crate) kept: Mutex<Kept<C>>,
    /// What it can not keep.
    pub(crate) poison: fn(&C) -> bool,
    /// What the next commits answer instead.
    pub(crate) faults: Mutex<Vec<CommitError>>,
    /// Commits hang once they were told to, until they are let go.
    pub(crate) hang: Mutex<Option<Arc<Notify>>>,
}

impl<C> Default for MemoryModel<C> {
    fn default() -> Self {
        let kept = Kept { checkpoints: HashMap::new(), changes: vec![], parked: vec![], commits: 0 };
        Self { kept: Mutex::new(kept), poison: |_| false, faults: Mutex::default(), hang: Mutex::default() }
    }
}

impl<C> MemoryModel<C> {
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept<C>> {
        self.kept.lock().expect("a model")
    }

    pub(crate) fn parked_streams(&self) -> Vec<StreamId> {
        self.kept().parked.iter().map(|parked| parked.stream).collect()
    }

    fn keep(&self, commit: Commit<C>) -> Result<(), CommitError> {
        let mut kept = self.kept();
        let at = kept.checkpoints.get(&commit.partition).copied().unwrap_or_default();
        if at != commit.from {
            return Err(CommitError::Moved(at.position));
        }
        if commit.changes.iter().any(self.poison) {
            return Err(CommitError::Rejected("poison".to_owned()));
        }
        kept.commits += 1;
        kept.checkpoints.insert(commit.partition, commit.to);
        kept.changes.extend(commit.changes);
        for parked in commit.parked {
            kept.parked.retain(|known| known.stream != parked.stream);
            kept.parked.push(parked);
        }
        kept.parked.retain(|known| !commit.released.contains(&known.stream));
        Ok(())
    }
}

#[async_trait]
impl<C: Send + Sync + 'static> ReadModel<C> for MemoryModel<C> {
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, Unavailable> {
        Ok(self.kept().checkpoints.get(&partition).copied().unwrap_or_default())
    }

    async fn commit(&self, commit: Commit<C>) -> Result<(), CommitError> {
        let hang = self.hang.lock().expect("a switch").clone();
        if let Some(hang) = hang {
            hang.notified().await;
        }
        if let Some(fault) = self.faults.lock().expect("faults").pop() {
            return Err(fault);
        }
        self.keep(commit)
    }

    async fn parked(&self) -> Result<Vec<Parked>, Unavailable> {
        Ok(self.kept().parked.clone())
    }
}
