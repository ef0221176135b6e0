//! Dispatch: load, decide, append, answer.
//!
//! Each aggregate has a [`lane`]: commands to it queue instead of colliding, and what waits is decided together on the
//! state in memory and appended as one item. One [appender] writes everything that waits, of all lanes, in one transaction.
//! Lanes and the appender are tasks of their own: no client's disconnect cancels what was handed to them.

mod aggregates;
pub mod appender;
mod faults;
mod job;
mod lane;
mod order;
mod plan;
mod recall;
mod seal;

use std::sync::Arc;

use domain::{Decide, Version};
use uuid::Uuid;

pub use aggregates::Loaded;
pub use appender::Appender;
pub use order::{Error, Key, Order, Outcome};

use crate::ports::{History, Keys, Meter, Snapshots, Unavailable, Vault};
use aggregates::Aggregates;
use lane::Lanes;

/// What dispatch works with; the same for every type of aggregate.
#[derive(Clone)]
pub struct Parts {
    pub history: Arc<dyn History>,
    pub snapshots: Arc<dyn Snapshots>,
    pub keys: Arc<dyn Keys>,
    pub vault: Arc<dyn Vault>,
    pub meter: Arc<dyn Meter>,
    pub appender: Appender,
}

/// The commands of one type of aggregate.
pub struct Dispatch<A: Decide> {
    lanes: Arc<Lanes<A>>,
}

impl<A: Decide> Clone for Dispatch<A> {
    fn clone(&self) -> Self {
        Self { lanes: Arc::clone(&self.lanes) }
    }
}

impl<A: Decide> Dispatch<A> {
    /// Dispatch for one type of aggregate, keeping up to `cached` of them in memory.
    #[must_use]
    pub fn new(parts: Parts, cached: usize) -> Self {
        Self { lanes: Arc::new(Lanes::new(Aggregates::new(parts, cached))) }
    }

    /// Decides and appends. What was handed over is carried out even if the caller goes away.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send(&self, order: Order<A>) -> Result<Outcome, Error> {
        let (name, meter) = (order.name, Arc::clone(&self.lanes.aggregates.parts.meter));
        let answer = self.lanes.enter(order).await;
        meter.command(name, order::outcome_name(&answer));
        answer
    }

    /// The aggregate as it was committed last: to judge by.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn look(&self, id: Uuid) -> Result<Arc<Loaded<A>>, Unavailable> {
        self.lanes.aggregates.current(id).await
    }

    /// The same, to judge by under a guard, or where it does no harm that another process has begun it meanwhile.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn glance(&self, id: Uuid) -> Result<Arc<Loaded<A>>, Unavailable> {
        self.lanes.aggregates.believed(id).await
    }

    /// Forgets what is known of an aggregate, so that the next look loads it: a guard showed that it is not current.
    pub fn forget(&self, id: Uuid) {
        self.lanes.aggregates.forget(id);
    }

    /// Forgets what is known of an aggregate if that is older than `version`, which another process may have brought about.
    pub fn outgrow(&self, id: Uuid, version: Version) {
        self.lanes.aggregates.outgrow(id, version);
    }
}
