//! The projector: follows the log and keeps a read model up to date, for as long as the process runs.

mod backoff;
mod kept;
mod retry;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::{Position, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::fold::{Course, Fold, Trouble};
use crate::ports::{Batch, Checkpoint, Entry, Log, LogError, Meter, Partition, Projection, ReadModel, Unavailable};
use backoff::Backoff;
use kept::Kept;

/// The most entries of a batch.
const BATCH: usize = 1_000;
/// How long the log is waited for at a time.
const WAIT: Duration = Duration::from_secs(1);
/// The least time from the beginning of one commit to the next: under load a commit then holds more.
const BREATH: Duration = Duration::from_millis(2);
/// The same while nobody waits for what is not there yet. Each commit costs as much as many messages.
const LONG_BREATH: Duration = Duration::from_millis(25);
/// How often it is looked whether somebody waits.
const LOOK: Duration = Duration::from_millis(1);
/// How long what is there already is still applied after the signal to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Runs the projection `P`.
pub struct Projector<P: Projection> {
    log: Arc<dyn Log>,
    model: Arc<dyn ReadModel<P::Change>>,
    meter: Arc<dyn Meter>,
    applied: watch::Sender<Checkpoint>,
}

impl<P: Projection> Projector<P> {
    /// Follows `log` and keeps `model`.
    pub fn new(log: Arc<dyn Log>, model: Arc<dyn ReadModel<P::Change>>, meter: Arc<dyn Meter>) -> Self {
        Self { log, model, meter, applied: watch::Sender::default() }
    }

    /// The last checkpoint of any partition that was committed.
    #[must_use]
    pub fn applied(&self) -> watch::Receiver<Checkpoint> {
        self.applied.subscribe()
    }

    /// Goes on until `stop` says so, and then until what is in the log already is applied, 2 s at most. Partitions that are no longer
    /// for this reader are let go at once: whatever was under way there is kept whole or not at all.
    ///
    /// # Errors
    /// The log can not be read on: it has a hole, or was rewritten. While the log or the model is away it waits.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Result<(), LogError> {
        tokio::select! {
            ended = self.keep_all(stop.clone()) => ended,
            () = overdue(stop) => Ok(()),
        }
    }

    async fn keep_all(&self, mut stop: watch::Receiver<bool>) -> Result<(), LogError> {
        let mut assigned = self.log.assigned();
        let mut kept = Kept::default();
        loop {
            let wanted = assigned.borrow_and_update().clone();
            kept.change(&wanted, |partition| Box::pin(self.keep(partition, stop.clone())));
            tokio::select! {
                ended = kept.next() => ended?,
                _ = stop.wait_for(|stop| *stop) => break,
                changed = assigned.changed() => if changed.is_err() { break },
            }
        }
        // Nothing more is shared out: what is kept ends by itself.
        while !kept.is_empty() {
            kept.next().await?;
        }
        Ok(())
    }

    async fn keep(&self, partition: Partition, mut stop: watch::Receiver<bool>) -> Result<(), LogError> {
        let mut backoff = Backoff::new(P::NAME);
        loop {
            let why = match self.follow(partition, &mut stop, &mut backoff).await {
                Ok(()) => return Ok(()),
                Err(Trouble::Moved) => continue,
                Err(Trouble::Log(LogError::Unavailable(why)) | Trouble::Model(Unavailable(why))) => why,
                Err(Trouble::Log(error)) => return Err(error),
            };
            if *stop.borrow() {
                return Ok(());
            }
            self.lag_behind(partition, backoff.lasts()).await;
            backoff.wait(&why, &mut stop).await;
        }
    }

    /// Goes on from where the model stands until everything is applied after the signal to stop.
    async fn follow(
        &self,
        partition: Partition,
        stop: &mut watch::Receiver<bool>,
        backoff: &mut Backoff,
    ) -> Result<(), Trouble> {
        let mut fold = self.begin(partition).await?;
        loop {
            let batch = next(&mut fold, stop).await?;
            if batch.entries.is_empty() && *stop.borrow() {
                return Ok(());
            }
            let began = Instant::now();
            let is_behind = batch.entries.len() >= BATCH;
            self.apply(partition, &mut fold, batch).await?;
            backoff.over();
            if !is_behind {
                self.breathe(began, stop).await;
            }
        }
    }

    /// Lets some events gather, as long as nobody waits for them.
    async fn breathe(&self, began: Instant, stop: &watch::Receiver<bool>) {
        tokio::time::sleep_until(began + BREATH).await;
        while began.elapsed() < LONG_BREATH && !self.model.is_awaited() && !*stop.borrow() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Tells how far behind the model stays while it can not be written, which is at least for as `long` as that lasts.
    async fn lag_behind(&self, partition: Partition, long: Duration) {
        if let (Ok(end), Ok(at)) = (self.log.end(partition).await, self.model.checkpoint(partition).await) {
            self.meter.lag(P::NAME, end.position.saturating_sub(at.position), long.as_secs_f64());
        }
    }

    async fn begin(&self, partition: Partition) -> Result<Fold<P>, Trouble> {
        let (log, model) = (self.log.clone(), self.model.clone());
        retry::parked::<P>(&*log, &*model, partition).await?;
        let fold = Fold::resume(Course { log, model, partition, batch: BATCH, up_to: Position::MAX }).await?;
        self.applied.send_replace(fold.at());
        self.meter.parked(P::NAME, fold.parked() as u64);
        Ok(fold)
    }

    async fn apply(&self, partition: Partition, fold: &mut Fold<P>, batch: Batch) -> Result<(), Trouble> {
        let (last, parked) = (batch.entries.last().map(Entry::recorded_at), fold.parked());
        if last.is_some() {
            fold.apply(batch).await?;
            self.applied.send_replace(fold.at());
        }
        if fold.parked() != parked {
            self.meter.parked(P::NAME, fold.parked() as u64);
        }
        let behind = self.log.end(partition).await?.position.saturating_sub(fold.at().position);
        let age = last.filter(|_| behind > 0).map_or(0.0, age);
        self.meter.lag(P::NAME, behind, age);
        Ok(())
    }
}

/// The next batch; once it is time to stop, what is there already.
async fn next<P: Projection>(fold: &mut Fold<P>, stop: &mut watch::Receiver<bool>) -> Result<Batch, Trouble> {
    if !*stop.borrow() {
        tokio::select! {
            batch = fold.next(WAIT) => return batch,
            () = stopped(stop) => {}
        }
    }
    fold.next(Duration::ZERO).await
}

/// Waits for the signal to stop; for ever, if nobody can give it any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

async fn overdue(mut stop: watch::Receiver<bool>) {
    stopped(&mut stop).await;
    tokio::time::sleep(GRACE).await;
}

/// Seconds since `then`, by the clock of this machine.
fn age(then: Timestamp) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let then = Duration::from_millis(u64::try_from(then.0).unwrap_or_default());
    now.saturating_sub(then).as_secs_f64()
}
