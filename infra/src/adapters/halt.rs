//! No more writes when the log can not be relied on: what would be acknowledged could not be shown, or not be read again.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use command_side::ports::{Append, AppendError, Appended, Conflict, Item};

/// Whether writes have been stopped, and why; for as long as the process runs.
#[derive(Clone, Debug, Default)]
pub struct Halt(Arc<OnceLock<String>>);

impl Halt {
    /// Stops all writes from now on.
    pub fn now(&self, why: String) {
        // The first reason is the one to look into.
        let _ = self.0.set(why);
    }

    /// Whether writes go on.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), String> {
        self.0.get().map_or(Ok(()), |why| Err(why.clone()))
    }
}

/// A store that appends until it is halted.
pub(super) struct Halting {
    pub(super) store: Arc<dyn Append>,
    pub(super) halt: Halt,
}

#[async_trait]
impl Append for Halting {
    async fn append(&self, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        self.halt.check().map_err(AppendError::Unavailable)?;
        self.store.append(batch).await
    }

    fn is_alone(&self) -> bool {
        self.store.is_alone()
    }
}
