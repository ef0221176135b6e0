//! Folding a read model anew beside the live one, and putting it in its place. Nothing is published, notified or sent.

use std::sync::Arc;
use std::time::Duration;

use domain::Position;

pub use crate::fold::Error;
use crate::fold::{Course, Fold, Trouble};
use crate::ports::{Checkpoint, Log, LogError, Partition, Projection, Succession, SwitchError};
use crate::progress::Count;
pub use crate::progress::Progress;

/// The most entries of a batch.
const BATCH: usize = 10_000;
/// How few events away from the head it is near enough to stop the live generation for the rest.
const NEAR: u64 = 2_000;
/// How long the live generation is kept where it stands, at most; whatever kills this process.
const FENCE: Duration = Duration::from_secs(10);

/// What a rebuild came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The number of the generation that is live now.
    pub generation: u64,
    pub position: Position,
    /// Events that were folded; fewer than the position when it went on with what a stopped one had left.
    pub events: u64,
    pub took: Duration,
}

/// Rebuilds one read model. Can be killed at any time and run again: it goes on.
///
/// # Errors
/// The log or the read model is away, the log is damaged, or another rebuild runs. The live generation goes on.
pub async fn rebuild<P: Projection>(
    log: Arc<dyn Log>,
    generations: Arc<dyn Succession<P::Change>>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Rebuilt, Error> {
    let mut build = Build::<P>::begin(log, generations).await?;
    loop {
        build.approach(tell).await?;
        match build.take_over(tell).await {
            Ok(generation) => return Ok(build.done(generation)),
            // It took too long to catch up under the fence: once more, from nearer.
            Err(SwitchFailed::Unfenced) => {}
            Err(SwitchFailed::Error(error)) => {
                // If this fails too, the fence expires.
                let _ = build.generations.unfence().await;
                return Err(error);
            }
        }
    }
}

struct Build<P: Projection> {
    log: Arc<dyn Log>,
    generations: Arc<dyn Succession<P::Change>>,
    folds: Vec<(Partition, Fold<P>)>,
    count: Count,
}

enum SwitchFailed {
    Unfenced,
    Error(Error),
}

impl<E: Into<Error>> From<E> for SwitchFailed {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl<P: Projection> Build<P> {
    async fn begin(log: Arc<dyn Log>, generations: Arc<dyn Succession<P::Change>>) -> Result<Self, Error> {
        let folds = match Self::folds(&log, &*generations).await {
            // What was built rests on events that the log does not have any more.
            Err(Trouble::Log(LogError::Rewritten(_))) => {
                generations.discard().await?;
                Self::folds(&log, &*generations).await?
            }
            folds => folds?,
        };
        Ok(Self { log, generations, folds, count: Count::begin() })
    }

    async fn folds(
        log: &Arc<dyn Log>,
        generations: &dyn Succession<P::Change>,
    ) -> Result<Vec<(Partition, Fold<P>)>, Trouble> {
        let model = generations.building().await?;
        let mut folds = vec![];
        for partition in log.partitions() {
            let course = Course { log: log.clone(), model: model.clone(), partition, batch: BATCH, up_to: 0 };
            folds.push((partition, Fold::resume(course).await?));
        }
        Ok(folds)
    }

    /// Folds until it is near the head of the log.
    async fn approach(&mut self, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<(), Error> {
        for index in 0..self.folds.len() {
            loop {
                let goal = self.log.end(self.folds[index].0).await?.position;
                let left = goal.saturating_sub(self.folds[index].1.at().position);
                self.fold(index, goal, tell).await?;
                if left < NEAR {
                    break;
                }
            }
        }
        Ok(self.generations.settle().await?)
    }

    /// Stops the live generation, passes it, and takes its place.
    async fn take_over(&mut self, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<u64, SwitchFailed> {
        let live = self.generations.fence(FENCE).await?;
        // However the live one is cut: in none of its partitions may this one be behind it.
        let goal = self.passed(&live).await?;
        for index in 0..self.folds.len() {
            self.fold(index, goal, tell).await?;
        }
        self.generations.settle().await?;
        match self.generations.switch().await {
            Ok(number) => Ok(number),
            Err(SwitchError::Unfenced) => Err(SwitchFailed::Unfenced),
            Err(SwitchError::Unavailable(why)) => Err(Error::Model(crate::ports::Unavailable(why)).into()),
        }
    }

    /// How far the live one came, as far as the log has that: where it was restored to an earlier state, or lost its tail, the live
    /// one is of a past that was not, and there is nothing to catch up with.
    async fn passed(&self, live: &[(Partition, Checkpoint)]) -> Result<Position, LogError> {
        let mut passed = 0;
        for (_, checkpoint) in live {
            if self.log.holds(*checkpoint).await? {
                passed = passed.max(checkpoint.position);
            }
        }
        Ok(passed)
    }

    async fn fold(
        &mut self,
        index: usize,
        goal: Position,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), Error> {
        let (count, fold) = (&mut self.count, &mut self.folds[index].1);
        fold.up_to(goal, &mut |more, position| tell(count.add(more, position, goal))).await?;
        Ok(())
    }

    fn done(self, generation: u64) -> Rebuilt {
        let position = self.folds.iter().map(|(_, fold)| fold.at().position).max().unwrap_or(0);
        Rebuilt { generation, position, events: self.count.events(), took: self.count.took() }
    }
}
