//! Folding the log into a model, batch by batch: while one is committed the next one is read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Position, StreamId, Version};
use tokio::task::JoinHandle;

use crate::ports::{
    Batch, Checkpoint, Commit, CommitError, Entry, Log, LogError, Parked, Partition, Projection, ReadModel, Unavailable,
};

/// Why a fold does not go on as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Log(LogError),
    Model(Unavailable),
    /// The model is not where it was left: it must be asked where it stands.
    Moved,
}

impl From<LogError> for Trouble {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<Unavailable> for Trouble {
    fn from(error: Unavailable) -> Self {
        Self::Model(error)
    }
}

/// Why a fold was given up; what it had folded is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Log(LogError),
    #[error("the read model is away: {0}")]
    Model(Unavailable),
    #[error("somebody else writes the same generation")]
    Moved,
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Log(error) => Self::Log(error),
            Trouble::Model(error) => Self::Model(error),
            Trouble::Moved => Self::Moved,
        }
    }
}

impl From<LogError> for Error {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<Unavailable> for Error {
    fn from(error: Unavailable) -> Self {
        Self::Model(error)
    }
}

/// What the log is folded into, and how.
pub(crate) struct Course<P: Projection> {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) model: Arc<dyn ReadModel<P::Change>>,
    pub(crate) partition: Partition,
    /// The most entries of a batch.
    pub(crate) batch: usize,
    /// Nothing above this position is folded.
    pub(crate) up_to: Position,
}

/// A fold of one partition on its way.
pub(crate) struct Fold<P: Projection> {
    course: Course<P>,
    at: Checkpoint,
    /// Streams that stand still, and from which version on.
    parked: HashMap<StreamId, Version>,
    /// The most entries of the next batch: few while an entry is looked for that the model refuses.
    limit: usize,
    ahead: Option<Ahead>,
}

/// The batch that is being read meanwhile.
struct Ahead(JoinHandle<Result<Batch, LogError>>);

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<P: Projection> Fold<P> {
    /// Goes on at `at`, without what is parked.
    pub(crate) fn new(course: Course<P>, at: Checkpoint, parked: &[Parked]) -> Self {
        let (limit, parked) = (course.batch, parked.iter().map(|parked| (parked.stream, parked.version)));
        Self { course, at, parked: parked.collect(), limit, ahead: None }
    }

    /// Goes on where the model stands.
    pub(crate) async fn resume(course: Course<P>) -> Result<Self, Trouble> {
        let at = course.model.checkpoint(course.partition).await?;
        if !course.log.holds(at).await? {
            return Err(LogError::Rewritten(at.position).into());
        }
        let parked = course.model.parked().await?;
        Ok(Self::new(course, at, &parked))
    }

    /// Up to where it is folded.
    pub(crate) fn at(&self) -> Checkpoint {
        self.at
    }

    /// How many streams stand still.
    pub(crate) fn parked(&self) -> usize {
        self.parked.len()
    }

    /// Folds everything up to `position` that is not folded yet; tells how many entries, after each batch.
    pub(crate) async fn up_to(
        &mut self,
        position: Position,
        tell: &mut (dyn FnMut(usize, Position) + Send),
    ) -> Result<(), Trouble> {
        self.course.up_to = position;
        while self.at.position < position {
            let batch = self.next(Duration::ZERO).await?;
            let count = batch.entries.len();
            if count == 0 {
                // It was there when the position was asked for.
                return Err(LogError::Rewritten(position).into());
            }
            let before = self.at.position;
            self.apply(batch).await?;
            tell(if self.at.position > before { count } else { 0 }, self.at.position);
        }
        Ok(())
    }

    /// The next batch; empty when nothing came in `wait` or nothing is to come. Breaking off loses nothing.
    pub(crate) async fn next(&mut self, wait: Duration) -> Result<Batch, Trouble> {
        if self.left(self.at) == 0 {
            return Ok(Batch { entries: vec![], end: self.at });
        }
        let Some(mut ahead) = self.ahead.take() else {
            let (log, limit) = (&self.course.log, self.left(self.at));
            return Ok(log.read(self.course.partition, self.at, limit, wait).await?);
        };
        // A task that was aborted or panicked is as good as an absent log.
        (&mut ahead.0).await.unwrap_or_else(|error| Err(LogError::Unavailable(error.to_string()))).map_err(Trouble::Log)
    }

    /// How many entries may be read after `from`.
    fn left(&self, from: Checkpoint) -> usize {
        let left = self.course.up_to.saturating_sub(from.position);
        self.limit.min(usize::try_from(left).unwrap_or(usize::MAX))
    }

    fn read_ahead(&mut self, from: Checkpoint) {
        let (log, partition, limit) = (self.course.log.clone(), self.course.partition, self.left(from));
        let read = async move { log.read(partition, from, limit, Duration::ZERO).await };
        self.ahead = (limit > 0).then(|| Ahead(tokio::spawn(read)));
    }

    /// Applies a batch that [`Fold::next`] gave; behind a full one the next is read meanwhile.
    pub(crate) async fn apply(&mut self, batch: Batch) -> Result<(), Trouble> {
        let (count, end) = (batch.entries.len(), batch.end);
        let only = batch.entries.first().filter(|_| count == 1).cloned();
        if count >= self.limit {
            self.read_ahead(end);
        }
        let commit = self.commit(batch);
        let parked: Vec<_> = commit.parked.clone();
        match self.course.model.commit(commit).await {
            Err(CommitError::Rejected(why)) => self.narrow(count, only, end, &why).await,
            outcome => self.settle(outcome, end, &parked),
        }
    }

    /// Keeps what a parked stream comes to up to where everything else stands. It goes on with the others from there if it `is_over`, or
    /// else stays parked from `further` on.
    pub(crate) async fn retry(
        &mut self,
        changes: Vec<P::Change>,
        further: Parked,
        is_over: bool,
    ) -> Result<(), CommitError> {
        let (partition, at, stream, version) = (self.course.partition, self.at, further.stream, further.version);
        let (parked, released) = if is_over { (vec![], vec![stream]) } else { (vec![further], vec![]) };
        self.course.model.commit(Commit { partition, from: at, to: at, changes, parked, released }).await?;
        if is_over {
            self.parked.remove(&stream);
        } else {
            self.parked.insert(stream, version);
        }
        Ok(())
    }

    /// What a batch comes to. Streams are parked at the first entry that can not be applied.
    fn commit(&self, batch: Batch) -> Commit<P::Change> {
        let mut changes = Vec::with_capacity(2 * batch.entries.len());
        let mut parked: Vec<Parked> = vec![];
        for entry in &batch.entries {
            let stream = entry.stream();
            let stands = self.parked.get(&stream).is_some_and(|version| *version <= entry.version());
            if stands || parked.iter().any(|parked| parked.stream == stream) {
                continue;
            }
            match project::<P>(entry) {
                Ok(more) => changes.extend(more),
                Err(why) => parked.push(park(entry, why)),
            }
        }
        let (partition, from, to) = (self.course.partition, self.at, batch.end);
        Commit { partition, from, to, changes, parked, released: vec![] }
    }

    /// Looks for the one entry that the model refuses, and parks its stream.
    async fn narrow(&mut self, count: usize, only: Option<Entry>, end: Checkpoint, why: &str) -> Result<(), Trouble> {
        let Some(entry) = only else {
            self.ahead = None;
            self.limit = count / 2;
            return Ok(());
        };
        let parked = vec![park(&entry, why.to_owned())];
        let (partition, from) = (self.course.partition, self.at);
        let commit = Commit { partition, from, to: end, changes: vec![], parked: parked.clone(), released: vec![] };
        let outcome = self.course.model.commit(commit).await;
        self.settle(outcome, end, &parked)
    }

    fn settle(&mut self, outcome: Result<(), CommitError>, end: Checkpoint, parked: &[Parked]) -> Result<(), Trouble> {
        match outcome {
            Ok(()) => {
                parked.iter().for_each(|parked| tell(P::NAME, parked));
                self.parked.extend(parked.iter().map(|parked| (parked.stream, parked.version)));
                self.at = end;
                self.limit = self.course.batch.min(2 * self.limit);
                Ok(())
            }
            Err(error) => {
                self.ahead = None;
                Err(error.into())
            }
        }
    }
}

impl From<CommitError> for Trouble {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Moved(_) => Self::Moved,
            CommitError::Unavailable(why) | CommitError::Rejected(why) => Self::Model(Unavailable(why)),
        }
    }
}

/// The changes that an entry leads to, or why it leads to none.
pub(crate) fn project<P: Projection>(entry: &Entry) -> Result<Vec<P::Change>, String> {
    match entry {
        Entry::Event(event) => P::project(event).map_err(|unprojectable| unprojectable.0),
        Entry::Unreadable(unreadable) => Err(unreadable.why.clone()),
    }
}

/// The stream of `entry` stands still from there on.
pub(crate) fn park(entry: &Entry, why: String) -> Parked {
    Parked { stream: entry.stream(), version: entry.version(), position: entry.position(), why }
}

fn tell(model: &str, parked: &Parked) {
    let Parked { stream, version, position, why } = parked;
    tracing::error!(model, %stream, version, position, why, "an event can not be applied: its stream stands still");
}
