//! Process managers: what happened leads to commands. Each can do the same again, and then nothing changes.

mod deletion;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, Position};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

pub use deletion::Deletion;

use crate::ports::Unavailable;
use crate::ports::process::{Happenings, Turns};

/// How many events are read at once.
const BATCH: usize = 100;
/// How long one reading waits for something to come: less than a turn lasts.
const WAIT: Duration = Duration::from_secs(5);
/// How long to wait before it is looked again whose turn it is, and before what could not be done is tried again the first time;
/// then twice as long each time.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often what was done is looked at again.
const LOOK_BACK_EVERY: Duration = Duration::from_secs(600);

/// A process manager.
#[async_trait]
pub trait Process: Send + Sync {
    /// Its name, for ever: how far it is stands under it.
    const NAME: &'static str;

    /// Does what follows from `event`. It may have been done before, wholly or in part, and what follows from later events too.
    ///
    /// # Errors
    /// Something is away: it is tried again, with everything behind it.
    async fn react(&self, event: &Envelope) -> Result<(), Unavailable>;

    /// Looks whether what followed from the events up to `done` still stands: at the beginning of a turn and every ten minutes.
    ///
    /// # Errors
    /// Something is away: it is tried again.
    async fn look_back(&self, _done: Position) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Runs `process` for as long as it is polled, in whichever process has the turn.
pub async fn run<P: Process>(process: P, happenings: Arc<dyn Happenings>, turns: Arc<dyn Turns>) {
    let (holder, mut pause) = (Uuid::now_v7(), PAUSE);
    loop {
        let turn = Turn { process: &process, happenings: &*happenings, turns: &*turns, holder };
        match turn.go_on().await {
            Ok(()) => pause = PAUSE,
            Err(reason) => {
                tracing::warn!(process = P::NAME, %reason, "a process manager tries again");
                pause = LONGEST_PAUSE.min(2 * pause);
            }
        }
        sleep(pause).await;
    }
}

/// One time of going on with a process manager.
struct Turn<'a, P> {
    process: &'a P,
    happenings: &'a dyn Happenings,
    turns: &'a dyn Turns,
    holder: Uuid,
}

impl<P: Process> Turn<'_, P> {
    /// Reacts to what comes, for as long as it is not another's turn and everything can be done.
    async fn go_on(&self) -> Result<(), Unavailable> {
        let mut look_back = Instant::now();
        while let Some(done) = self.turns.take(P::NAME, self.holder).await? {
            if look_back <= Instant::now() {
                self.process.look_back(done).await?;
                look_back = Instant::now() + LOOK_BACK_EVERY;
            }
            self.batch(done).await?;
        }
        Ok(())
    }

    /// Reacts to the events behind `done`. One that can not be done holds up what is noted as done, and no other event.
    async fn batch(&self, mut done: Position) -> Result<(), Unavailable> {
        let (mut outcome, begun) = (Ok(()), done);
        for event in self.happenings.after(done, BATCH, WAIT).await? {
            match self.process.react(&event).await {
                Ok(()) if outcome.is_ok() => done = event.position,
                Ok(()) => {}
                Err(reason) => outcome = outcome.and(Err(reason)),
            }
        }
        if done > begun {
            self.turns.done(P::NAME, self.holder, done).await?;
        }
        outcome
    }
}
