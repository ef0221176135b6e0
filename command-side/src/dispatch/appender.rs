//! Group commit: one appender per process takes everything that waits and writes it in one transaction, one fsync.

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use crate::ports::{Append, AppendError, Appended, Conflict, Item, Meter};
use crate::spans;

/// How many items may wait; a lane has at most one here, so this bounds the busy lanes too.
const MOST_WAITING: usize = 4096;

/// How many events go into one transaction, so that nobody waits long for the fsync of others.
const MOST_EVENTS: usize = 1024;

/// While many append at once, whoever was just answered is let come back before the next transaction begins: larger batches
/// and fewer fsyncs. Measured with 50 connections on two cores: 18,500 sends/s and 77 µs of CPU each, against 16,000 and 88 µs.
const GATHER: Duration = Duration::from_micros(400);
/// So few at once are not worth waiting for: a client alone is never held up.
const FEW: usize = 3;

/// Why an item was not appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Conflict(Conflict),
    Unavailable(String),
    /// It may have been appended or not.
    Unknown(String),
}

struct Waiting {
    item: Item,
    done: oneshot::Sender<Result<Appended, Failure>>,
}

/// The way to the appender's task.
#[derive(Clone)]
pub struct Appender {
    queue: mpsc::Sender<Waiting>,
    meter: Arc<dyn Meter>,
    alone: bool,
}

impl Appender {
    /// Starts the thread that appends to `store`; it ends when the last handle is gone and everything is written.
    ///
    /// A thread of its own, because every command waits for it: among the tasks of a busy runtime it would wait for its turn
    /// between any two of the store's answers, longer than for the fsync.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(store: Arc<dyn Append>, meter: Arc<dyn Meter>) -> io::Result<Self> {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let alone = store.is_alone();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        meter.queue_of(MOST_WAITING);
        let metered = meter.clone();
        let work = move || runtime.block_on(run(store, metered, waiting));
        thread::Builder::new().name("appender".to_owned()).spawn(work)?;
        Ok(Self { queue, meter, alone })
    }

    /// Whether no other process appends to this store.
    pub(super) const fn is_alone(&self) -> bool {
        self.alone
    }

    /// Appends an item, together with whatever else waits.
    pub(super) async fn append(&self, item: Item) -> Result<Appended, Failure> {
        let (done, answer) = oneshot::channel();
        let gone = || Failure::Unavailable("the appender has stopped".to_owned());
        let place = self.queue.reserve().await.map_err(|_| gone())?;
        self.meter.queued(1);
        place.send(Waiting { item, done });
        answer.await.unwrap_or_else(|_| Err(Failure::Unknown("the appender has stopped".to_owned())))
    }
}

async fn run(store: Arc<dyn Append>, meter: Arc<dyn Meter>, mut waiting: mpsc::Receiver<Waiting>) {
    let mut together = 0;
    while let Some(first) = waiting.recv().await {
        if together > FEW {
            // This thread has nothing else to do; a timer of the runtime would take a millisecond.
            thread::sleep(GATHER);
        }
        let batch = take_all(first, &mut waiting);
        together = batch.len();
        let (items, askers): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| (one.item, one.done)).unzip();
        let began = Instant::now();
        let answers = write(&*store, &items).await;
        meter.queued(-i64::try_from(items.len()).unwrap_or_default());
        meter.batch(items.iter().map(|item| item.events.len()).sum(), began.elapsed());
        if spans::are_told() {
            tell(&items, &answers, began.elapsed());
        }
        for (asker, answer) in askers.into_iter().zip(answers) {
            // Whoever asked may be gone; what was appended stays.
            let _ = asker.send(answer);
        }
    }
}

fn tell(items: &[Item], answers: &[Result<Appended, Failure>], took: Duration) {
    let appended = items.iter().zip(answers).filter(|(_, answer)| answer.is_ok());
    for event in appended.flat_map(|(item, _)| &item.events) {
        spans::appended(event.event_id, &event.actor, &event.raw.event_type, took);
    }
}

fn take_all(first: Waiting, waiting: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let mut events = first.item.events.len();
    let mut batch = vec![first];
    while events < MOST_EVENTS
        && let Ok(next) = waiting.try_recv()
    {
        events += next.item.events.len();
        batch.push(next);
    }
    batch
}

async fn write(store: &dyn Append, items: &[Item]) -> Vec<Result<Appended, Failure>> {
    match store.append(items).await {
        Ok(answers) => answers.into_iter().map(|answer| answer.map_err(Failure::Conflict)).collect(),
        Err(AppendError::Rejected(why)) if items.len() > 1 => {
            tracing::warn!(%why, items = items.len(), "a batch is refused: appending one by one");
            one_by_one(store, items).await
        }
        Err(error) => {
            tracing::error!(%error, items = items.len(), "a batch was not appended");
            vec![Err(failure(error)); items.len()]
        }
    }
}

/// So that one bad value fails only its own item.
async fn one_by_one(store: &dyn Append, items: &[Item]) -> Vec<Result<Appended, Failure>> {
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        let answer = match store.append(std::slice::from_ref(item)).await {
            Ok(mut answers) => match answers.pop() {
                Some(answer) => answer.map_err(Failure::Conflict),
                None => Err(Failure::Unknown("the store gave no answer".to_owned())),
            },
            Err(error) => Err(failure(error)),
        };
        answers.push(answer);
    }
    answers
}

fn failure(error: AppendError) -> Failure {
    match error {
        AppendError::Unavailable(why) => Failure::Unavailable(why),
        AppendError::Rejected(why) => Failure::Conflict(Conflict::Rejected(why)),
        AppendError::Unknown(why) => Failure::Unknown(why),
    }
}
