//! The relay: feeds the brokers from the event store, each event once in every partition's order for whoever drops the positions that
//! it has seen.
//!
//! It leads for a term at a time. A term begins behind the position up to which everything was acknowledged; what has arrived beyond
//! it already is skipped, partition by partition. A leader that was paused and wakes up may send some records again, from no later
//! than the first that is missing and in order: whoever drops what it has seen gets each event once.

mod lag;
mod run;
mod term;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::ports::Unavailable;
use crate::ports::relay::{Broker, Lease, Outbox, RelayMeter};

/// How often it is tried to lead, and how long a failure is slept over.
const PAUSE: Duration = Duration::from_secs(1);

/// Why the relay can not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store was restored to an earlier state, or lost its tail: its positions would be used again.
    #[error("the event store has changed at or below position {0}, which was sent already: run `bigtech-chat adopt`")]
    Rewritten(Position),
    #[error("the event store has a hole: {expected} was expected, {found} came")]
    Hole { expected: Position, found: Position },
}

/// Why a term ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ended {
    /// Somebody else leads.
    Lost,
    Stopped,
    Away(Unavailable),
    Broken(Error),
}

impl From<Unavailable> for Ended {
    fn from(away: Unavailable) -> Self {
        Self::Away(away)
    }
}

/// The relay, with the parts of the world that it joins.
pub struct Relay {
    pub outbox: Arc<dyn Outbox>,
    pub lease: Arc<dyn Lease>,
    pub broker: Arc<dyn Broker>,
    pub meter: Arc<dyn RelayMeter>,
}

impl Relay {
    /// Leads whenever nobody else does, until `stop`. While the store or the brokers are away it waits.
    ///
    /// # Errors
    /// The store can not be relied on.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Result<(), Error> {
        while !*stop.borrow() {
            let asked = Instant::now();
            let taken = self.lease.take().await;
            match taken {
                Ok(Some(term)) => {
                    let epoch = term.epoch;
                    tracing::info!(epoch, position = term.reached.position, "leading");
                    self.meter.leads(true);
                    let ended = self.lead(term, asked, stop.clone()).await;
                    self.meter.leads(false);
                    self.lease.release(epoch).await;
                    self.tell(epoch, &ended)?;
                    if let Err(away) = self.broker.renew().await {
                        tracing::warn!(reason = %away, "the relay waits for the brokers");
                    }
                }
                // How far behind the brokers are is told by whoever leads.
                Ok(None) => self.meter.relay_lag(0, 0.0),
                Err(reason) => tracing::warn!(%reason, "the relay waits for the event store"),
            }
            tokio::time::timeout(PAUSE, stopped(&mut stop)).await.ok();
        }
        Ok(())
    }

    fn tell(&self, epoch: u64, ended: &Ended) -> Result<(), Error> {
        match ended {
            Ended::Lost => tracing::info!(epoch, "another relay leads"),
            Ended::Stopped => {}
            Ended::Away(reason) => tracing::warn!(epoch, %reason, "the relay begins again where it was acknowledged"),
            Ended::Broken(error) => return Err(error.clone()),
        }
        Ok(())
    }
}

/// Waits for the signal to stop; for ever, if nobody can give it any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}
