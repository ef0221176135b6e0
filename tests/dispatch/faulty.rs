//! The real store, with faults on request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use command_side::ports::{Append, AppendError, Appended, Conflict, Item};

/// What happens to the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is appended, but the answer is lost.
    AnswerLost,
    /// It is lost, and nobody knows.
    BatchLost,
    /// The store is away.
    Away,
    /// The store refuses any batch with more than one event, as if one value were bad.
    RefusesMany,
}

/// An [`Append`] that fails as told, one batch a fault.
pub(super) struct Faulty {
    store: Arc<dyn Append>,
    faults: Mutex<VecDeque<Fault>>,
    /// The events of each batch that was appended.
    pub(super) batches: Mutex<Vec<usize>>,
    alone: bool,
}

impl Faulty {
    pub(super) fn around(store: Arc<dyn Append>, alone: bool) -> Self {
        Self { store, faults: Mutex::default(), batches: Mutex::default(), alone }
    }

    pub(super) fn next(&self, fault: Fault) {
        self.faults.lock().expect("no test panics in here").push_back(fault);
    }
}

#[async_trait]
impl Append for Faulty {
    async fn append(&self, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        let events: usize = batch.iter().map(|item| item.events.len()).sum();
        let fault = self.faults.lock().expect("no test panics in here").pop_front();
        match fault {
            Some(Fault::Away) => return Err(AppendError::Unavailable("away".to_owned())),
            Some(Fault::BatchLost) => return Err(AppendError::Unknown("lost".to_owned())),
            Some(Fault::RefusesMany) if events > 1 => return Err(AppendError::Rejected("bad value".to_owned())),
            Some(Fault::AnswerLost | Fault::RefusesMany) | None => {}
        }
        let answers = self.store.append(batch).await?;
        self.batches.lock().expect("no test panics in here").push(events);
        if fault == Some(Fault::AnswerLost) {
            return Err(AppendError::Unknown("the answer was lost".to_owned()));
        }
        Ok(answers)
    }

    fn is_alone(&self) -> bool {
        self.alone
    }
}
