//! Building a new generation beside the live one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR};
use projections::ports::{Checkpoint, Partition, ReadModel, Succession, SwitchError, Unavailable};
use projections::timeline::TimelineChange;
use tokio::sync::Mutex;

use super::faults::{WRITE_PATIENCE, away, within};
use super::generation::Generation;
use super::lease::Lease;
use super::writer::{Purpose, Writer};
use super::{MongoTimeline, schema};

/// What another release folded is not gone on with.
const MAKER: &str = env!("CARGO_PKG_VERSION");
/// How often a switch that met another write is tried, and how long before the next time.
const TRIES: u32 = 20;
const LOOK: Duration = Duration::from_millis(5);

/// The rebuild of the timeline. While it lives, no other process begins one.
pub struct MongoSuccession {
    timeline: Arc<MongoTimeline>,
    building: Mutex<Option<Building>>,
    lease: Lease,
}

struct Building {
    number: u64,
    writer: Arc<Writer>,
}

impl MongoSuccession {
    /// Prepares a rebuild of `timeline`; waits some seconds for one that was killed to be taken for dead.
    ///
    /// # Errors
    /// Another rebuild runs, or MongoDB is away.
    pub async fn new(timeline: Arc<MongoTimeline>) -> Result<Arc<Self>, Unavailable> {
        let lease = Lease::take(timeline.registry(), "rebuild").await?;
        Ok(Arc::new(Self { timeline, building: Mutex::new(None), lease }))
    }

    /// What an earlier rebuild left, if it can be gone on with; else a new generation.
    async fn begin(&self) -> Result<Building, Error> {
        let registry = self.timeline.registry();
        let left = registry.look().await?.and_then(|entry| entry.building);
        let number = match left {
            Some((number, maker)) if maker == MAKER => number,
            left => {
                if let Some((number, _)) = left {
                    registry.discard(number).await?;
                }
                registry.drop_strays().await?;
                let begun = registry.begin(&self.lease.holder, MAKER).await?;
                begun.ok_or_else(|| Error::from(std::io::Error::other("another rebuild has taken over")))?
            }
        };
        let writer = Writer::of(registry.generation(number), Purpose::Building);
        schema::prepare(&writer.database).await?;
        writer.state.prepare().await?;
        Ok(Building { number, writer: Arc::new(writer) })
    }

    /// The live generation, whoever switched to it.
    async fn live(&self) -> Result<Arc<Generation>, Error> {
        self.timeline.keep_up().await?;
        Ok(self.timeline.live())
    }

    async fn try_switch(&self, live: &Generation, building: &Building) -> Result<bool, Error> {
        let registry = self.timeline.registry();
        let mut session = within(WRITE_PATIENCE, async { registry.client().start_session().await }).await?;
        session.start_transaction().await?;
        let holder = &self.lease.holder;
        let switched = live.state.retire(holder, &mut session).await?
            && registry.switch((live.number, building.number), holder, &mut session).await?;
        if switched {
            within(WRITE_PATIENCE, async { session.commit_transaction().await }).await?;
        } else {
            session.abort_transaction().await?;
        }
        Ok(switched)
    }

    /// Retires the fenced generation and raises the other, both or neither: a projector that was kept waiting until after the
    /// fence can not come between.
    async fn switch_from(&self, live: &Generation, building: &Building) -> Result<bool, Error> {
        let seen = live.look().await?;
        for (partition, _) in seen.checkpoints() {
            building.writer.state.name(partition, &building.writer.state.look().await?).await?;
        }
        for _ in 0..TRIES {
            match self.try_switch(live, building).await {
                Err(error) if error.contains_label(TRANSIENT_TRANSACTION_ERROR) => tokio::time::sleep(LOOK).await,
                outcome => return outcome,
            }
        }
        self.try_switch(live, building).await
    }
}

#[async_trait]
impl Succession<TimelineChange> for MongoSuccession {
    async fn building(&self) -> Result<Arc<dyn ReadModel<TimelineChange>>, Unavailable> {
        let mut building = self.building.lock().await;
        let begun = self.begin().await.map_err(away)?;
        let writer = begun.writer.clone();
        *building = Some(begun);
        Ok(writer)
    }

    async fn discard(&self) -> Result<(), Unavailable> {
        match self.building.lock().await.take() {
            Some(building) => self.timeline.registry().discard(building.number).await.map_err(away),
            None => Ok(()),
        }
    }

    async fn settle(&self) -> Result<(), Unavailable> {
        match &*self.building.lock().await {
            // What was written was durable when it was acknowledged; what is left are the indexes.
            Some(building) => schema::finish(&building.writer.database).await.map_err(away),
            None => Ok(()),
        }
    }

    async fn fence(&self, time: Duration) -> Result<Vec<(Partition, Checkpoint)>, Unavailable> {
        let live = self.live().await.map_err(away)?;
        let seen = live.state.fence(&self.lease.holder, time).await.map_err(away)?;
        Ok(seen.checkpoints())
    }

    async fn unfence(&self) -> Result<(), Unavailable> {
        let live = self.live().await.map_err(away)?;
        live.state.unfence(&self.lease.holder).await.map_err(away)
    }

    async fn switch(&self) -> Result<u64, SwitchError> {
        let away = |error: Error| SwitchError::Unavailable(error.kind.to_string());
        let mut slot = self.building.lock().await;
        let building = slot.as_ref().ok_or_else(|| SwitchError::Unavailable("nothing is being built".to_owned()))?;
        let live = self.live().await.map_err(away)?;
        if !self.switch_from(&live, building).await.map_err(away)? {
            return Err(SwitchError::Unfenced);
        }
        let number = building.number;
        *slot = None;
        self.timeline.keep_up().await.map_err(away)?;
        Ok(number)
    }
}
