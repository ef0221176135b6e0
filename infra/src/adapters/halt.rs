//! No more writes when the log can not be relied on: what would be acknowledged could not be shown, or not be read again.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use command_side::ports::{Append, AppendError, Appended, Conflict, Item};
use tokio::sync::watch;

/// Whether writes have been stopped, and why; for as long as the process runs.
#[derive(Clone, Debug, Default)]
pub struct Halt {
    why: Arc<OnceLock<String>>,
    for_all: Arc<watch::Sender<Option<String>>>,
}

impl Halt {
    /// Stops the writes of this process from now on.
    pub fn now(&self, why: String) {
        // The first reason is the one to look into.
        let _ = self.why.set(why);
    }

    /// Stops the writes of this process from now on, and of all that append to the same store as soon as that can be said there.
    pub fn everywhere(&self, why: String) {
        self.for_all.send_replace(Some(why.clone()));
        self.now(why);
    }

    /// Whether writes go on.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), String> {
        self.why.get().map_or(Ok(()), |why| Err(why.clone()))
    }

    /// Waits until the writes of all processes are to stop; why.
    pub(super) async fn is_for_all(&self) -> String {
        let mut for_all = self.for_all.subscribe();
        loop {
            if let Some(why) = for_all.borrow_and_update().clone() {
                return why;
            }
            if for_all.changed().await.is_err() {
                std::future::pending().await
            }
        }
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
