//! The timeline: its generations, which of them is live, and reading that one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use mongodb::error::Error;
use query_side::Positions;
use query_side::ports::{Reading, Timeline};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::faults::{unread, why};
use super::generation::{Generation, has_passed};
use super::pulse::{Pulse, beat};
use super::queries::GenerationReader;
use super::registry::Registry;
use super::{OpenError, connect};
use crate::adapters::migrate::Migrate;
use crate::adapters::read_models::Live;

/// How often whoever waits looks whether another generation is live.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The timeline in the database that a URL names. It is read through [`Live`], and written by [`super::MongoLive`].
pub struct MongoTimeline {
    registry: Registry,
    live: watch::Sender<Arc<Generation>>,
    pulse: Arc<Pulse>,
}

impl MongoTimeline {
    /// Connects to the database that `url` names (`mongodb://HOST/NAME`); what is in it belongs to the event store `identity`.
    ///
    /// # Errors
    /// The server is away or does not serve, the schema is not of this release, or it belongs to another event store.
    pub async fn connect(url: &str, identity: &str, migrate: Migrate) -> Result<Arc<Self>, OpenError> {
        let (client, name) = connect::client(url).await?;
        connect::check(&client).await?;
        let registry = Registry::of(&client, &name);
        let number = registry.open(identity, migrate).await?;
        let generation = Generation::of(&registry, number);
        generation.look().await?;
        let (live, pulse) = (watch::Sender::new(Arc::new(generation)), Pulse::new());
        let timeline = Arc::new(Self { registry, live, pulse: pulse.clone() });
        tokio::spawn(beat(Arc::downgrade(&timeline), pulse));
        Ok(timeline)
    }

    /// Drops everything of it; opened again, it begins at nothing.
    ///
    /// # Errors
    /// The server is away.
    pub async fn remove(&self) -> Result<(), Unavailable> {
        self.registry.remove().await.map_err(unread)
    }

    pub(super) fn live(&self) -> Arc<Generation> {
        self.live.borrow().clone()
    }

    pub(super) const fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) const fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }

    /// Follows a switch that somebody made, and drops what retired long enough ago.
    pub(super) async fn keep_up(&self) -> Result<(), Error> {
        let Some(entry) = self.registry.look().await? else { return Ok(()) };
        if self.live().number < entry.live {
            let generation = Arc::new(Generation::of(&self.registry, entry.live));
            generation.look().await?;
            self.put(generation);
        }
        self.registry.drop_retired(&entry).await
    }

    /// Two may follow at the same time: what the second found must not take the place of what others hold already.
    fn put(&self, generation: Arc<Generation>) {
        let number = generation.number;
        let is_news = self.live.send_if_modified(|live| {
            let is_later = live.number < number;
            if is_later {
                *live = generation;
            }
            is_later
        });
        if is_news {
            tracing::info!(model = "timeline", generation = number, "another generation is live");
        }
    }
}

#[async_trait]
impl Live<dyn Timeline> for MongoTimeline {
    async fn check(&self) -> Result<(), String> {
        self.live().look().await.map(|_| ()).map_err(|error| why(&error))
    }

    async fn reading(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Timeline>, Unavailable> {
        let end = Instant::now() + wait;
        // First: a process that was asleep may know a generation that was dropped long since.
        self.pulse.is_recent(end.max(Instant::now() + LOOK_EVERY)).await?;
        let (live, is_fresh) = self.fresh(bound, end).await?;
        Ok(Reading { model: Arc::new(GenerationReader::of(&live)), is_fresh })
    }
}

impl MongoTimeline {
    /// The live generation once it has passed `bound`, or at `end`, and whether it has. Another one may take its place meanwhile.
    async fn fresh(&self, bound: &Positions, end: Instant) -> Result<(Arc<Generation>, bool), Unavailable> {
        let live = self.live();
        if has_passed(&live.applied().borrow(), bound) {
            return Ok((live, true));
        }
        let _waiting = self.pulse.wait();
        loop {
            let live = self.live();
            let look = end.min(Instant::now() + LOOK_EVERY);
            let passed = timeout_at(look, live.applied().wait_for(|applied| has_passed(applied, bound))).await.is_ok();
            if passed || Instant::now() >= end {
                return Ok((live, passed));
            }
            self.pulse.is_there()?;
        }
    }
}
