//! Proving that the live read model is what the log says: folded anew up to the same positions, it has the same rows.

#[cfg(test)]
mod tests;
mod up_to;

use std::collections::HashSet;
use std::sync::Arc;

use domain::Position;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use uuid::Uuid;

pub use crate::fold::Error;
use crate::fold::{Course, Fold};
use crate::ports::{Digested, Entry, Frozen, Log, LogError, Partition, Projection, Scratch, Unavailable, Verification};
use crate::progress::Count;
pub use crate::progress::Progress;
use up_to::{THE_STORE, UpTo};

/// The most entries of a batch.
const BATCH: usize = 10_000;
/// How many differences are listed; all are counted.
const LISTED: usize = 1_000;

/// The rows of a key in a table that are not what the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub key: Uuid,
    pub table: &'static str,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The position of the live model that was verified; in the partition where it is furthest on.
    pub position: Position,
    /// Users, friendships, rooms or messages that have rows.
    pub keys: u64,
    pub rows: u64,
    /// How many rows of keys in tables differ.
    pub differing: u64,
    /// The first 1,000 of them.
    pub differences: Vec<Difference>,
    /// Events that could not be applied, in either; their keys stand still.
    pub parked: u64,
}

impl Verdict {
    /// Whether nothing differs.
    #[must_use]
    pub const fn is_equal(&self) -> bool {
        self.differing == 0
    }
}

/// Verifies the live generation as it is now; it can move on meanwhile. `log` is the event store's, and `partition_of` tells how the
/// log that the model follows is cut. What differs is looked at once more: when an account is deleted between the two, what it
/// entered can be read in one and not in the other.
///
/// # Errors
/// The log or the read model is away, or the log was rewritten.
pub async fn verify<P: Projection>(
    log: Arc<dyn Log>,
    partition_of: impl Fn(&Entry) -> Partition + Clone + Send + Sync + 'static,
    generations: &dyn Verification<P::Change>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verdict, Error> {
    let first = look::<P>(log.clone(), partition_of.clone(), generations, tell).await?;
    if first.is_equal() {
        return Ok(first);
    }
    look::<P>(log, partition_of, generations, tell).await
}

/// Compares the live generation as it is now.
async fn look<P: Projection>(
    log: Arc<dyn Log>,
    partition_of: impl Fn(&Entry) -> Partition + Send + Sync + 'static,
    generations: &dyn Verification<P::Change>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verdict, Error> {
    let frozen = generations.frozen().await?;
    let log = UpTo::new(log, partition_of, &frozen.checkpoints);
    let verdict = match generations.scratch().await {
        Ok(scratch) => against::<P, _>(log, &frozen, &scratch, tell).await,
        Err(error) => Err(error.into()),
    };
    generations.clear().await;
    verdict
}

async fn against<P: Projection, C: Fn(&Entry) -> Partition + Send + Sync + 'static>(
    log: UpTo<C>,
    frozen: &Frozen,
    scratch: &Scratch<P::Change>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verdict, Error> {
    for (_, end) in &frozen.checkpoints {
        if !log.holds(*end).await? {
            return Err(LogError::Rewritten(end.position).into());
        }
    }
    let (mut count, goal, model) = (Count::begin(), log.goal(), scratch.model.clone());
    let begin = model.checkpoint(THE_STORE).await?;
    let course = Course::<P> { log: Arc::new(log), model, partition: THE_STORE, batch: BATCH, up_to: goal };
    let mut fold = Fold::new(course, begin, &frozen.parked);
    fold.up_to(goal, &mut |more, position| tell(count.add(more, position, goal))).await?;
    let verdict = Comparison::of(frozen, scratch, goal).await?;
    Ok(Verdict { parked: frozen.parked.len() as u64, ..verdict })
}

type Stream = BoxStream<'static, Result<Digested, Unavailable>>;

/// Two models walked through side by side.
struct Comparison {
    tables: Vec<&'static str>,
    keys: HashSet<Uuid>,
    verdict: Verdict,
}

impl Comparison {
    async fn of<C>(frozen: &Frozen, scratch: &Scratch<C>, position: Position) -> Result<Verdict, Unavailable> {
        let tables = frozen.digests.tables();
        let verdict = Verdict { position, ..Verdict::default() };
        let comparison = Self { tables, keys: HashSet::new(), verdict };
        comparison.walk(frozen.digests.digests(), scratch.digests.digests()).await
    }

    async fn walk(mut self, mut live: Stream, mut folded: Stream) -> Result<Verdict, Unavailable> {
        let (mut here, mut there) = (live.next().await.transpose()?, folded.next().await.transpose()?);
        loop {
            let (found, expected) = match (&here, &there) {
                (None, None) => break,
                (Some(one), Some(other)) => {
                    (self.order(one) <= self.order(other), self.order(other) <= self.order(one))
                }
                (found, expected) => (found.is_some(), expected.is_some()),
            };
            self.judge(here.as_ref().filter(|_| found), there.as_ref().filter(|_| expected));
            if found {
                here = live.next().await.transpose()?;
            }
            if expected {
                there = folded.next().await.transpose()?;
            }
        }
        self.verdict.keys = self.keys.len() as u64;
        Ok(self.verdict)
    }

    fn order(&self, rows: &Digested) -> (Option<usize>, Uuid) {
        (self.tables.iter().position(|table| *table == rows.table), rows.key)
    }

    /// The rows of the same key in the same table; at least one side has some.
    fn judge(&mut self, found: Option<&Digested>, expected: Option<&Digested>) {
        if let Some(found) = found {
            self.keys.insert(found.key);
            self.verdict.rows += found.rows;
        }
        let Some(Digested { key, table, .. }) = found.or(expected) else { return };
        if found != expected {
            self.verdict.differing += 1;
            if self.verdict.differences.len() < LISTED {
                self.verdict.differences.push(Difference { key: *key, table });
            }
        }
    }
}
