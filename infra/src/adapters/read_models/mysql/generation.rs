//! One generation, to be read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::Position;
use projections::ports::{Checkpoint, Partition};
use query_side::Positions;
use sqlx::MySqlPool;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::checkpoints;
use super::server::{PATIENCE, Server, within};
use crate::adapters::partitions::THE_STORE;

/// Connections that read one generation.
const READERS: u32 = 8;
/// How often it is looked where the generation stands, and which one is live.
pub(super) const LOOK: Duration = Duration::from_millis(250);
/// The same while somebody waits.
const SOON: Duration = Duration::from_millis(3);

/// A generation: queries that began on it go on, also when another one is live.
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) pool: MySqlPool,
    /// The one connection that looks where it stands.
    eye: MySqlPool,
    applied: watch::Sender<Arc<Positions>>,
    awaiting: AtomicUsize,
    noticed: Notify,
}

/// Somebody who waits, whether they wait to the end or go.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Generation {
    pub(super) fn open(server: &Server, number: u64) -> Self {
        let database = server.generation(number);
        let (pool, eye) = (server.pool(&database, READERS), server.pool(&database, 1));
        let (applied, awaiting, noticed) = (watch::Sender::default(), AtomicUsize::new(0), Notify::new());
        Self { number, pool, eye, applied, awaiting, noticed }
    }

    /// Notes where it stands, also if another process writes it.
    pub(super) async fn look(&self) -> Result<(), sqlx::Error> {
        let found = within(PATIENCE, checkpoints::look(&self.eye)).await?;
        self.raise(&found);
        Ok(())
    }

    pub(super) fn raise(&self, found: &BTreeMap<Partition, Checkpoint>) {
        let mut positions = Positions::default();
        found.iter().for_each(|(partition, checkpoint)| positions.raise(*partition, checkpoint.position));
        self.applied.send_if_modified(|known| {
            let is_news = !known.covers(&positions);
            if is_news {
                positions.merge(known);
                *known = Arc::new(std::mem::take(&mut positions));
            }
            is_news
        });
    }

    /// Notes that `partition` is applied up to `position`.
    pub(super) fn raise_one(&self, partition: Partition, position: Position) {
        self.raise(&BTreeMap::from([(partition, Checkpoint::behind(position))]));
    }

    /// Waits until it has passed `bound`, at most until `end`; whether it has.
    pub(super) async fn passes(&self, bound: &Positions, end: Instant) -> bool {
        let mut applied = self.applied.subscribe();
        if has_passed(&applied.borrow(), bound) {
            return true;
        }
        self.awaiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.awaiting);
        self.noticed.notify_one();
        timeout_at(end, applied.wait_for(|applied| has_passed(applied, bound))).await.is_ok()
    }

    /// Whether somebody waits for what is not applied yet.
    pub(super) fn is_awaited(&self) -> bool {
        self.awaiting.load(Ordering::Relaxed) > 0
    }

    /// Waits until it is time for the next look: soon if somebody waits, or begins to.
    pub(super) async fn pause(&self) {
        if self.is_awaited() {
            return sleep(SOON).await;
        }
        timeout(LOOK, self.noticed.notified()).await.ok();
    }
}

/// What was read from the store itself holds for every partition.
fn has_passed(applied: &Positions, bound: &Positions) -> bool {
    let store = applied.get(THE_STORE);
    bound.iter().all(|(partition, position)| applied.get(partition).max(store) >= position)
}
