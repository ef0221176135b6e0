//! One generation of the timeline.

use mongodb::Database;
use mongodb::error::Error;
use projections::ports::Partition;
use query_side::Positions;
use tokio::sync::watch;

use super::registry::Registry;
use super::state::{Seen, State};
use crate::adapters::partitions::THE_STORE;

/// A generation: queries that began on it go on, also when another one is live.
#[derive(Debug)]
pub(super) struct Generation {
    /// 1, 2, 3 …
    pub(super) number: u64,
    pub(super) database: Database,
    pub(super) state: State,
    /// Up to where it is known to be folded, and can be read.
    applied: watch::Sender<Positions>,
}

impl Generation {
    pub(super) fn of(registry: &Registry, number: u64) -> Self {
        let database = registry.generation(number);
        let state = State::of(&database);
        Self { number, database, state, applied: watch::Sender::default() }
    }

    /// Looks where it stands, whoever wrote it.
    pub(super) async fn look(&self) -> Result<Seen, Error> {
        let seen = self.state.look().await?;
        self.raise(&seen.positions());
        Ok(seen)
    }

    /// Notes where it stands.
    pub(super) fn raise(&self, to: &Positions) {
        self.applied.send_if_modified(|known| {
            let is_news = !known.covers(to);
            known.merge(to);
            is_news
        });
    }

    pub(super) fn applied(&self) -> watch::Receiver<Positions> {
        self.applied.subscribe()
    }
}

/// Whether what is folded up to `applied` has passed `bound`: what was folded from the store itself holds for every partition.
pub(super) fn has_passed(applied: &Positions, bound: &Positions) -> bool {
    let reached = |partition: Partition| applied.get(partition).max(applied.get(THE_STORE));
    bound.iter().all(|(partition, position)| reached(partition) >= position)
}
