//! Building a new generation beside the live one.

use std::fs::{File, OpenOptions, TryLockError};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use projections::ports::{Checkpoint, Partition, ReadModel, Succession, SwitchError, Unavailable};
use sqlx::Executor as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::file::{self, Purpose};
use super::generations::Generations;
use super::registry::{maker, now};
use super::writer::Writer;
use super::{Kept, away, checkpoints};

/// The rebuild of one read model. While it lives, no other process begins one.
pub struct SqliteSuccession<C: Kept> {
    generations: Arc<Generations>,
    /// Whose fence it is.
    holder: String,
    building: Mutex<Option<Building<C>>>,
    #[expect(dead_code, reason = "held for its lock; the kernel lets go of it however the process ends")]
    lock: File,
}

struct Building<C: Kept> {
    number: u64,
    writer: Arc<Writer<C>>,
}

impl<C: Kept> SqliteSuccession<C> {
    /// Prepares a rebuild of `generations`.
    ///
    /// # Errors
    /// Another rebuild of the same read model runs.
    pub fn new(generations: Arc<Generations>) -> Result<Arc<Self>, Unavailable> {
        debug_assert_eq!(generations.model(), C::MODEL);
        let path = generations.dir().join(format!("{}.rebuild.lock", C::MODEL));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(away)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Unavailable(format!("another rebuild of {} runs", C::MODEL)));
            }
            Err(TryLockError::Error(error)) => return Err(away(error)),
        }
        let holder = Uuid::now_v7().to_string();
        Ok(Arc::new(Self { generations, holder, building: Mutex::new(None), lock: file }))
    }

    /// What an earlier rebuild left, if it can be gone on with; else a new generation.
    async fn begin(&self) -> Result<Building<C>, sqlx::Error> {
        let registry = self.generations.registry();
        let left = registry.building(C::MODEL).await?;
        let number = match left {
            Some((number, made_by)) if made_by == maker() => number,
            left => {
                if let Some((number, _)) = left {
                    self.remove(number).await?;
                }
                registry.begin(C::MODEL).await?
            }
        };
        let writer = Writer::open(self.generations.path(number), Purpose::Building).await?;
        Ok(Building { number, writer: Arc::new(writer) })
    }

    async fn remove(&self, number: u64) -> Result<(), sqlx::Error> {
        file::remove(&self.generations.path(number)).await;
        self.generations.registry().forget(C::MODEL, number).await
    }

    /// A connection to the live generation's file.
    async fn live(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.generations.refresh().await?;
        file::reopen(self.generations.live().path(), Purpose::Live).await
    }

    /// Switches, if the fence holds. The live file is locked meanwhile, so that a projector that was kept waiting
    /// until after the fence can not come between.
    async fn switch_under_lock(&self, number: u64) -> Result<bool, sqlx::Error> {
        let mut live = self.live().await?;
        live.execute("BEGIN IMMEDIATE").await?;
        if !checkpoints::is_fenced_by(&mut live, &self.holder).await? {
            return Ok(false);
        }
        self.generations.registry().switch(C::MODEL, number).await?;
        // Nobody shall write to a retired generation any more.
        sqlx::query("UPDATE fence SET until = ?").bind(i64::MAX).execute(&mut live).await?;
        live.execute("COMMIT").await?;
        self.generations.follow().await?;
        Ok(true)
    }
}

#[async_trait]
impl<C: Kept> Succession<C> for SqliteSuccession<C> {
    async fn building(&self) -> Result<Arc<dyn ReadModel<C>>, Unavailable> {
        let mut building = self.building.lock().await;
        let begun = self.begin().await.map_err(away)?;
        let writer = begun.writer.clone();
        *building = Some(begun);
        Ok(writer)
    }

    async fn discard(&self) -> Result<(), Unavailable> {
        match self.building.lock().await.take() {
            Some(building) => self.remove(building.number).await.map_err(away),
            None => Ok(()),
        }
    }

    async fn settle(&self) -> Result<(), Unavailable> {
        let building = self.building.lock().await;
        let Some(building) = &*building else { return Ok(()) };
        let mut held = building.writer.hold().await.map_err(away)?;
        held.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.map_err(away)?;
        held.keep();
        file::sync(&self.generations.path(building.number)).await.map_err(away)
    }

    async fn fence(&self, time: Duration) -> Result<Vec<(Partition, Checkpoint)>, Unavailable> {
        let mut live = self.live().await.map_err(away)?;
        let until = now().saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        checkpoints::fence(&mut live, &self.holder, until).await.map_err(away)?;
        checkpoints::all(&mut live).await.map_err(away)
    }

    async fn unfence(&self) -> Result<(), Unavailable> {
        let mut live = self.live().await.map_err(away)?;
        let query = sqlx::query("DELETE FROM fence WHERE holder = ?");
        query.bind(&self.holder).execute(&mut live).await.map_err(away)?;
        Ok(())
    }

    async fn switch(&self) -> Result<u64, SwitchError> {
        let away = |error: sqlx::Error| SwitchError::Unavailable(error.to_string());
        let mut building = self.building.lock().await;
        let number = building.as_ref().map(|building| building.number);
        let number = number.ok_or_else(|| SwitchError::Unavailable("nothing is being built".to_owned()))?;
        if !self.switch_under_lock(number).await.map_err(away)? {
            return Err(SwitchError::Unfenced);
        }
        *building = None;
        Ok(number)
    }
}
