//! Process managers: what happened leads to commands. Each can do the same again, and then nothing changes.

mod deletion;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Envelope;
use tokio::time::sleep;
use uuid::Uuid;

pub use deletion::{Deletion, destroy_again};

use crate::ports::Unavailable;
use crate::ports::process::{Happenings, Turns};

/// How many events are read at once.
const BATCH: usize = 100;
/// How long one reading waits for something to come: less than a turn lasts.
const WAIT: Duration = Duration::from_secs(5);
/// How long to wait before what could not be done is tried again, and before it is looked again whose turn it is.
const PAUSE: Duration = Duration::from_secs(1);

/// A process manager.
#[async_trait]
pub trait Process: Send + Sync {
    /// Its name, for ever: how far it is stands under it.
    const NAME: &'static str;

    /// Does what follows from `event`. It may have been done before, wholly or in part.
    ///
    /// # Errors
    /// Something is away: it is tried again.
    async fn react(&self, event: &Envelope) -> Result<(), Unavailable>;
}

/// Runs `process` for as long as it is polled, in whichever process has the turn.
pub async fn run<P: Process>(process: P, happenings: Arc<dyn Happenings>, turns: Arc<dyn Turns>) {
    let holder = Uuid::now_v7();
    loop {
        if let Err(reason) = go_on(&process, &*happenings, &*turns, holder).await {
            tracing::warn!(process = P::NAME, %reason, "a process manager waits");
        }
        sleep(PAUSE).await;
    }
}

/// Reacts to what comes, event by event, until the turn is another's.
async fn go_on<P: Process>(
    process: &P,
    happenings: &dyn Happenings,
    turns: &dyn Turns,
    holder: Uuid,
) -> Result<(), Unavailable> {
    while let Some(position) = turns.take(P::NAME, holder).await? {
        for event in happenings.after(position, BATCH, WAIT).await? {
            process.react(&event).await?;
            if !turns.done(P::NAME, holder, event.position).await? {
                return Ok(());
            }
        }
    }
    Ok(())
}
