//! Proving that the live read model is what the log says: folded anew up to the same position, it has the same rows.

use std::collections::HashSet;
use std::sync::Arc;

use domain::Position;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use uuid::Uuid;

pub use crate::fold::Error;
use crate::fold::{Course, Fold};
use crate::ports::{Digested, Frozen, Log, LogError, Projection, Scratch, Unavailable, Verification};
use crate::progress::Count;
pub use crate::progress::Progress;

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
    /// The position of the live model that was verified.
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

/// Verifies the live generation as it is now; it can move on meanwhile.
///
/// # Errors
/// The log or the read model is away, or the log was rewritten.
pub async fn verify<P: Projection>(
    log: Arc<dyn Log>,
    generations: &dyn Verification<P::Change>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verdict, Error> {
    let frozen = generations.frozen().await?;
    let verdict = match generations.scratch().await {
        Ok(scratch) => against::<P>(log, &frozen, &scratch, tell).await,
        Err(error) => Err(error.into()),
    };
    generations.clear().await;
    verdict
}

async fn against<P: Projection>(
    log: Arc<dyn Log>,
    frozen: &Frozen,
    scratch: &Scratch<P::Change>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verdict, Error> {
    let mut count = Count::begin();
    for (partition, end) in frozen.checkpoints.iter().copied() {
        if !log.holds(end).await? {
            return Err(LogError::Rewritten(end.position).into());
        }
        let (model, goal) = (scratch.model.clone(), end.position);
        let begin = model.checkpoint(partition).await?;
        let course = Course::<P> { log: log.clone(), model, partition, batch: BATCH, up_to: goal };
        let mut fold = Fold::new(course, begin, &frozen.parked);
        fold.up_to(goal, &mut |more, position| tell(count.add(more, position, goal))).await?;
    }
    let position = frozen.checkpoints.iter().map(|(_, end)| end.position).max().unwrap_or(0);
    let verdict = Comparison::of(frozen, scratch, position).await?;
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
