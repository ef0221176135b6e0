//! Process managers: what happens leads to commands. Each goes through the log in order; what it does twice is done once, because
//! the aggregates that it commands know what they were told.
//!
//! One process at a time has the turn. Where it is goes with the events into their store; whoever comes after begins there. A
//! process that was paused and goes on repeats at the worst: each by itself carries the causes of an aggregate to it in order, and
//! the next one not before the last is durable.

mod deletion;
mod notifications;
mod pace;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use domain::{Envelope, Position};
use tokio::time::{Instant, sleep};

pub use deletion::Deletion;
pub use notifications::{Notifications, Parts};

use crate::ports::Unavailable;
use crate::ports::processes::{Feed, ProcessMeter, Turn, Turns};
use pace::Pace;

/// Events that are seen to together: the more, the more of what somebody behind would tell is read by then.
const BATCH: usize = 1024;
/// How long the log is waited for at a time; less than a turn lasts.
const WAIT: Duration = Duration::from_secs(1);
/// How often it is noted what was seen to: what lies between is seen to again after a crash.
const NOTE: Duration = Duration::from_millis(250);
/// How often somebody who has nothing to note keeps the turn.
const KEEP: Duration = Duration::from_secs(1);
/// How often a turn is asked for, and how long a failure is slept over.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether what was done still stands.
const LOOK_BACK: Duration = Duration::from_secs(600);

/// What is done about events.
#[async_trait]
pub trait ProcessManager: Send + Sync {
    /// Its name in the store and in metrics.
    const NAME: &'static str;

    /// A turn begins: what is remembered of the last one may not be so any more.
    fn begin(&self);

    /// Does what `events`, in the order of the log, lead to; all of it is durable when this returns.
    async fn see_to(&self, events: &[Arc<Envelope>]) -> Result<(), Unavailable>;

    /// Looks whether what the events up to `seen_to` led to still stands: when a turn begins, and every ten minutes.
    async fn look_back(&self, _seen_to: Position) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// A process manager with what carries it on.
pub struct Process<M> {
    pub manager: M,
    pub feed: Arc<dyn Feed>,
    pub turns: Arc<dyn Turns>,
    pub meter: Arc<dyn ProcessMeter>,
}

impl<M: ProcessManager> Process<M> {
    /// Carries it on whenever it is this process's turn, for as long as it is polled.
    pub async fn run(&self) {
        loop {
            match self.turns.take().await {
                Ok(Some(turn)) => {
                    tracing::debug!(process = M::NAME, position = turn.position, "its turn");
                    if let Err(reason) = self.go_on(turn).await {
                        tracing::warn!(process = M::NAME, %reason, "a process manager begins again where it noted");
                    }
                    self.turns.release(turn.epoch).await;
                }
                Ok(None) => {}
                Err(reason) => {
                    tracing::warn!(process = M::NAME, %reason, "a process manager waits for the event store")
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Goes through the log until the turn is another's.
    async fn go_on(&self, turn: Turn) -> Result<(), Unavailable> {
        self.manager.begin();
        let (mut at, mut noted, mut kept) = (turn.position, turn.position, Instant::now());
        let (mut look_back, mut pace) = (Instant::now(), Pace::default());
        loop {
            if look_back <= Instant::now() {
                self.manager.look_back(at).await?;
                look_back = Instant::now() + LOOK_BACK;
            }
            let fed = self.feed.after(at, BATCH, WAIT).await?;
            if !fed.events.is_empty() && !self.see_to(&fed.events, Turn { position: noted, ..turn }).await? {
                return Ok(());
            }
            at = fed.end;
            let due = if at > noted { NOTE } else { KEEP };
            if kept.elapsed() >= due {
                if !self.turns.keep(Turn { position: at, ..turn }).await? {
                    return Ok(());
                }
                (noted, kept) = (at, Instant::now());
            }
            self.tell_lag(at, fed.events.last()).await;
            if (1..BATCH).contains(&fed.events.len()) {
                pace.breathe().await;
            }
        }
    }

    /// Does what `events` lead to, and keeps the turn for as long as that takes; whether it still is.
    async fn see_to(&self, events: &[Arc<Envelope>], turn: Turn) -> Result<bool, Unavailable> {
        // Both go on at the same time: what is seen to may hold every connection to the store, and keeping the turn needs one.
        tokio::select! {
            seen = self.manager.see_to(events) => seen.map(|()| true),
            kept = self.keep(turn) => kept.map(|()| false),
        }
    }

    /// Keeps the turn until it is another's.
    async fn keep(&self, turn: Turn) -> Result<(), Unavailable> {
        loop {
            sleep(KEEP).await;
            if !self.turns.keep(turn).await? {
                return Ok(());
            }
        }
    }

    async fn tell_lag(&self, at: Position, last: Option<&Arc<Envelope>>) {
        let Ok(head) = self.feed.head().await else { return };
        let behind = head.saturating_sub(at);
        let age = last.filter(|_| behind > 0).map_or(0.0, |event| age(event.recorded_at.0));
        self.meter.process_lag(M::NAME, behind, age);
    }
}

/// Seconds since `then`, by the clock of this machine.
fn age(then: i64) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let then = Duration::from_millis(u64::try_from(then).unwrap_or_default());
    now.saturating_sub(then).as_secs_f64()
}
