//! The projector: follows the log and keeps a read model up to date, for as long as the process runs.

mod backoff;
mod keepers;
mod lags;
mod pace;
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
use crate::spans;
use backoff::Backoff;
use keepers::{Keepers, Told};
use lags::Lags;
use pace::Pace;
use retry::{Retries, Tried};

/// The most entries of a batch.
const BATCH: usize = 1_000;
/// How long the log is waited for at a time.
const WAIT: Duration = Duration::from_secs(1);
/// How long what is there already is still applied after the signal to stop, and how long a partition that is handed over may
/// take to finish what it is at.
const GRACE: Duration = Duration::from_secs(2);

/// How long it is looked for where the log ends, to tell how far behind one is.
const GLANCE: Duration = Duration::from_millis(500);

/// Runs the projection `P`.
pub struct Projector<P: Projection> {
    log: Arc<dyn Log>,
    model: Arc<dyn ReadModel<P::Change>>,
    meter: Arc<dyn Meter>,
    applied: watch::Sender<Checkpoint>,
    lags: Lags,
    pace: Pace,
    tried: Tried,
}

impl<P: Projection> Projector<P> {
    /// Follows `log` and keeps `model`.
    pub fn new(log: Arc<dyn Log>, model: Arc<dyn ReadModel<P::Change>>, meter: Arc<dyn Meter>) -> Self {
        let lags = Lags::new(P::NAME, meter.clone());
        Self {
            log,
            model,
            meter,
            applied: watch::Sender::default(),
            lags,
            pace: Pace::default(),
            tried: Tried::default(),
        }
    }

    /// The last checkpoint of any partition that was committed.
    #[must_use]
    pub fn applied(&self) -> watch::Receiver<Checkpoint> {
        self.applied.subscribe()
    }

    /// Goes on until `stop` says so, and then until what is in the log already is applied, 2 s at most. Of the partitions those are
    /// kept that the log assigns.
    ///
    /// # Errors
    /// The log can not be read on: it has a hole, or was rewritten. While the log or the model is away it waits.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Result<(), LogError> {
        let ended = tokio::select! {
            ended = self.keep_assigned(stop.clone()) => ended,
            () = overdue(stop) => Ok(()),
        };
        self.log.leave().await;
        ended
    }

    async fn keep_assigned(&self, mut stop: watch::Receiver<bool>) -> Result<(), LogError> {
        let (mut assigned, mut keepers) = (self.log.assigned(), Keepers::default());
        loop {
            if !keepers.is_draining() {
                let partitions = assigned.borrow_and_update().clone();
                keepers.adjust(&partitions, |partition, told| self.keep(partition, told));
            }
            if *stop.borrow_and_update() && keepers.drain() {
                return Ok(());
            }
            tokio::select! {
                () = changed(&mut assigned) => {}
                () = changed(&mut stop) => {}
                Some((partition, ended)) = keepers.next() => {
                    self.lags.forget(partition);
                    self.log.let_go(partition);
                    ended?;
                }
            }
        }
    }

    async fn keep(&self, partition: Partition, mut told: watch::Receiver<Told>) -> Result<(), LogError> {
        let mut backoff = Backoff::new(P::NAME);
        loop {
            let trouble = match self.follow(partition, &mut told, &mut backoff).await {
                Ok(()) => return Ok(()),
                Err(Trouble::Log(error @ (LogError::Hole { .. } | LogError::Rewritten(_)))) => return Err(error),
                Err(trouble) => trouble,
            };
            if told.borrow().is_over() {
                return Ok(());
            }
            match trouble {
                Trouble::Moved => backoff.step_aside(&mut told).await,
                Trouble::Log(LogError::Unavailable(why)) | Trouble::Model(Unavailable(why)) => {
                    self.lag_behind(partition, backoff.lasts()).await;
                    backoff.wait(&why, &mut told).await;
                }
                Trouble::Log(error) => return Err(error),
            }
        }
    }

    /// Goes on from where the model stands until everything is applied after the signal to stop, or the batch in hand when the
    /// partition is to be handed over.
    async fn follow(
        &self,
        partition: Partition,
        told: &mut watch::Receiver<Told>,
        backoff: &mut Backoff,
    ) -> Result<(), Trouble> {
        let (mut fold, mut retries) = self.begin(partition).await?;
        loop {
            let is_trying = retries.are_due() && !told.borrow().is_over();
            if is_trying {
                self.retry(&mut retries, &mut fold).await?;
            }
            let batch = next(&mut fold, told, if is_trying { Duration::ZERO } else { WAIT }).await?;
            let (count, began) = (batch.entries.len(), Instant::now());
            if count == 0 && told.borrow().is_over() {
                return Ok(());
            }
            let behind = self.apply(partition, &mut fold, batch).await?;
            backoff.over();
            if *told.borrow() == Told::HandOver {
                return Ok(());
            }
            // Who is far behind has nothing to wait for, even if the log gave less than a batch at once.
            if (1..BATCH).contains(&count) && behind < BATCH as u64 {
                self.pace.breathe(partition, began, || self.model.is_awaited() || told.borrow().is_over()).await;
            }
        }
    }

    /// Tells how far behind the model stays while it can not be written, which is at least for as `long` as that lasts.
    async fn lag_behind(&self, partition: Partition, long: Duration) {
        if let (Ok(end), Ok(at)) = (self.log.end(partition).await, self.model.checkpoint(partition).await) {
            self.lags.tell(partition, behind(at, end), long.as_secs_f64());
        }
    }

    async fn begin(&self, partition: Partition) -> Result<(Fold<P>, Retries), Trouble> {
        let (log, model) = (self.log.clone(), self.model.clone());
        let fold = Fold::resume(Course { log, model, partition, batch: BATCH, up_to: Position::MAX }).await?;
        self.applied.send_replace(fold.at());
        let parked = self.model.parked().await?;
        self.meter.parked(P::NAME, parked.len() as u64);
        Ok((fold, Retries::of(partition, parked, &*self.log, &self.tried)))
    }

    /// Tries a parked stream again, for as long as the others can wait.
    async fn retry(&self, retries: &mut Retries, fold: &mut Fold<P>) -> Result<(), Trouble> {
        let parked = fold.parked();
        retries.go_on(&*self.log, fold, &self.tried).await?;
        self.tell_parked(parked, fold).await
    }

    /// Tells how many streams stand still, if it is not so many any more.
    async fn tell_parked(&self, before: usize, fold: &Fold<P>) -> Result<(), Trouble> {
        if fold.parked() != before {
            // Other partitions have parked streams too.
            self.meter.parked(P::NAME, self.model.parked().await?.len() as u64);
        }
        Ok(())
    }

    /// Applies a batch; how far behind the model is then, as far as that is known.
    async fn apply(&self, partition: Partition, fold: &mut Fold<P>, batch: Batch) -> Result<u64, Trouble> {
        let (last, parked) = (batch.entries.last().map(Entry::recorded_at), fold.parked());
        if last.is_some() {
            let (told, began) = (spans::of(&batch), Instant::now());
            fold.apply(batch).await?;
            spans::projected(P::NAME, &told, began.elapsed());
            self.applied.send_replace(fold.at());
        }
        self.tell_parked(parked, fold).await?;
        // Where the log ends only the event store may know. What is in the log is applied without it.
        let Ok(Ok(end)) = tokio::time::timeout(GLANCE, self.log.end(partition)).await else { return Ok(0) };
        let behind = behind(fold.at(), end);
        match last {
            _ if behind == 0 => self.lags.tell(partition, 0, 0.0),
            Some(last) => self.lags.tell(partition, behind, age(last)),
            // The log does not bring what the store has: it is not known how old that is, but since when.
            None => self.lags.go_on(partition, behind),
        }
        Ok(behind)
    }
}

/// The next batch; once it is time to stop, what is there already, and nothing any more when the partition is handed over.
async fn next<P: Projection>(
    fold: &mut Fold<P>,
    told: &mut watch::Receiver<Told>,
    wait: Duration,
) -> Result<Batch, Trouble> {
    if !told.borrow().is_over() {
        tokio::select! {
            batch = fold.next(wait) => return batch,
            () = keepers::over(told) => {}
        }
    }
    match *told.borrow() {
        Told::HandOver => return Ok(Batch { entries: vec![], end: fold.at() }),
        Told::GoOn | Told::Drain => {}
    }
    fold.next(Duration::ZERO).await
}

/// Waits until the value changes; for ever, if nobody can change it any more.
async fn changed<T>(value: &mut watch::Receiver<T>) {
    if value.changed().await.is_err() {
        std::future::pending().await
    }
}

async fn overdue(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
    tokio::time::sleep(GRACE).await;
}

/// How many events lie between `at` and `end`, at most: other partitions use positions too, and a partition may be entered by
/// position.
fn behind(at: Checkpoint, end: Checkpoint) -> u64 {
    end.position.saturating_sub(at.position).min(end.offset.saturating_sub(at.offset))
}

/// Seconds since `then`, by the clock of this machine.
fn age(then: Timestamp) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let then = Duration::from_millis(u64::try_from(then.0).unwrap_or_default());
    now.saturating_sub(then).as_secs_f64()
}
