//! Trying parked streams again, beside the fold: this release may read what an earlier one could not.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{StreamId, Version};
use tokio::time::{Instant, timeout};

use crate::fold::{Fold, Trouble, park, project};
use crate::ports::{After, CommitError, Entry, Log, Parked, Partition, Projection};

/// Entries of a stream that are applied between two batches of the fold.
const CHUNK: usize = 500;
/// How long they are waited for: the fold waits too.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long nothing is tried after they did not come.
const REST: Duration = Duration::from_secs(10);

/// What this process has tried in vain, and where: it would come to the same until another release runs.
#[derive(Default)]
pub(super) struct Tried(Mutex<HashSet<(Partition, StreamId, Version)>>);

impl Tried {
    fn all(&self) -> MutexGuard<'_, HashSet<(Partition, StreamId, Version)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, partition: Partition, parked: &Parked) {
        self.all().insert((partition, parked.stream, parked.version));
    }

    fn holds(&self, partition: Partition, parked: &Parked) -> bool {
        self.all().contains(&(partition, parked.stream, parked.version))
    }
}

/// The parked streams of a partition that are to be tried.
pub(super) struct Retries {
    partition: Partition,
    waiting: Vec<Parked>,
    not_before: Instant,
}

impl Retries {
    /// Those of `parked` that may lie in `partition` and were not `tried`.
    pub(super) fn of(partition: Partition, mut parked: Vec<Parked>, log: &dyn Log, tried: &Tried) -> Self {
        parked.retain(|one| log.may_hold(partition, one.stream) && !tried.holds(partition, one));
        Self { partition, waiting: parked, not_before: Instant::now() }
    }

    /// Whether something can be tried now.
    pub(super) fn are_due(&self) -> bool {
        !self.waiting.is_empty() && self.not_before <= Instant::now()
    }

    /// Applies the next entries of one stream, none of them above where `fold` stands. What can not be applied stays parked.
    pub(super) async fn go_on<P: Projection>(
        &mut self,
        log: &dyn Log,
        fold: &mut Fold<P>,
        tried: &Tried,
    ) -> Result<(), Trouble> {
        let Some(parked) = self.waiting.pop() else { return Ok(()) };
        // One more, to know whether there is more.
        let after = After { stream: parked.stream, version: parked.version.saturating_sub(1) };
        let reading = log.of_stream(self.partition, after, CHUNK + 1);
        let Ok(Ok(entries)) = timeout(PATIENCE, reading).await else {
            self.rest(parked);
            return Ok(());
        };
        match again(fold, &parked, entries).await {
            Ok(Came::Over) => tracing::info!(model = P::NAME, stream = %parked.stream, "a parked stream goes on"),
            Ok(Came::On(further)) if further.version == parked.version => self.rest(parked),
            Ok(Came::On(further)) => self.waiting.push(further),
            Ok(Came::Nowhere(stuck)) => tried.note(self.partition, &stuck),
            // It can be read now, but not kept: it stays where it is.
            Err(CommitError::Rejected(_)) => tried.note(self.partition, &parked),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn rest(&mut self, parked: Parked) {
        self.waiting.push(parked);
        self.not_before = Instant::now() + REST;
    }
}

/// What a try came to.
enum Came {
    /// The stream goes on with the fold.
    Over,
    /// There is more of it from here on.
    On(Parked),
    /// It stands still here, or lies in another partition.
    Nowhere(Parked),
}

/// Applies `entries`, the next of a parked stream, as far as the fold has come.
async fn again<P: Projection>(
    fold: &mut Fold<P>,
    parked: &Parked,
    mut entries: Vec<Entry>,
) -> Result<Came, CommitError> {
    let lies_here = !entries.is_empty();
    entries.retain(|entry| entry.position() <= fold.at().position);
    if entries.is_empty() {
        // Of what lies here the fold has not come so far yet.
        return Ok(if lies_here { Came::On(parked.clone()) } else { Came::Nowhere(parked.clone()) });
    }
    let (mut changes, mut further, mut stuck) = (vec![], parked.clone(), None);
    for entry in entries.iter().take(CHUNK) {
        match project::<P>(entry) {
            Ok(more) => changes.extend(more),
            Err(why) => {
                stuck = Some(park(entry, why));
                break;
            }
        }
        (further.version, further.position) = (entry.version() + 1, entry.position() + 1);
    }
    let (is_stuck, is_over) = (stuck.is_some(), stuck.is_none() && entries.len() <= CHUNK);
    let further = stuck.unwrap_or(further);
    if is_over || further.version > parked.version {
        fold.retry(changes, further.clone(), is_over).await?;
    }
    Ok(match (is_over, is_stuck) {
        (true, _) => Came::Over,
        (false, true) => Came::Nowhere(further),
        (false, false) => Came::On(further),
    })
}
