//! Building a new generation beside the live one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use projections::directory::DirectoryChange;
use projections::ports::{Checkpoint, Partition, ReadModel, Succession, SwitchError, Unavailable};
use sqlx::Executor as _;
use sqlx::mysql::MySqlConnection;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::writer::{Writer, end_sleepers, is_waited_in_vain, make_impatient};
use super::{MysqlDirectory, OpenError, away, checkpoints, generations, registry};
use crate::adapters::migrate::Migrate;

/// The rebuild of the directory. While its connection lives, no other process begins one.
pub struct MysqlSuccession {
    all: Arc<MysqlDirectory>,
    /// Whose fence it is.
    holder: String,
    building: Mutex<Option<(u64, Arc<Writer>)>>,
    /// Holds the lock; the server lets go of it however the process ends.
    _lock: MySqlConnection,
}

/// Takes the server's lock of this name, waiting at most so many seconds; nothing when another connection has it.
pub(super) async fn lock(all: &MysqlDirectory, name: &str, seconds: i64) -> Result<Option<MySqlConnection>, OpenError> {
    let mut connection = all.server.connect(&all.server.name).await?;
    let lock = sqlx::query_scalar::<_, Option<i64>>("SELECT GET_LOCK(?, ?)");
    let taken = lock.bind(format!("{}.{name}", all.server.name)).bind(seconds).fetch_one(&mut connection).await?;
    Ok((taken == Some(1)).then_some(connection))
}

impl MysqlSuccession {
    /// Prepares a rebuild of `all`.
    ///
    /// # Errors
    /// Another rebuild runs, or the server is away.
    pub async fn new(all: Arc<MysqlDirectory>) -> Result<Arc<Self>, OpenError> {
        let lock = lock(&all, "rebuild", 0).await?.ok_or("another rebuild of the directory runs")?;
        let holder = Uuid::now_v7().to_string();
        Ok(Arc::new(Self { all, holder, building: Mutex::new(None), _lock: lock }))
    }

    /// What an earlier rebuild left, if it can be gone on with; else a new generation.
    async fn begin(&self) -> Result<(u64, Arc<Writer>), OpenError> {
        let (server, registry) = (&self.all.server, &self.all.registry);
        let number = match registry::building(registry).await? {
            Some((number, made_by)) if made_by == registry::MAKER => number,
            left => {
                if let Some((number, _)) = left {
                    self.remove(number).await?;
                }
                registry::add(registry, "building").await?
            }
        };
        let database = server.generation(number);
        server.create(&database).await?;
        generations::schema(server, &database, Migrate::Run).await?;
        Ok((number, Arc::new(Writer::new(server.clone(), database))))
    }

    async fn remove(&self, number: u64) -> Result<(), sqlx::Error> {
        self.all.server.drop(&self.all.server.generation(number)).await?;
        registry::forget(&self.all.registry, number).await
    }

    /// A connection to the live generation.
    async fn live(&self) -> Result<MySqlConnection, sqlx::Error> {
        self.all.follow().await?;
        let mut live = self.all.server.connect(&self.all.server.generation(self.all.live().number)).await?;
        make_impatient(&mut live).await?;
        Ok(live)
    }

    /// Switches, if the fence holds: it is locked meanwhile, so that whoever was kept waiting by it can not come between.
    async fn switch_under_lock(&self, number: u64) -> Result<bool, sqlx::Error> {
        let mut live = self.live().await?;
        live.execute("START TRANSACTION").await?;
        if !lock_fence(&mut live, &self.holder).await? {
            live.execute("ROLLBACK").await?;
            return Ok(false);
        }
        registry::switch(&mut live, &self.all.server.name, number).await?;
        // Nobody shall write to a retired generation any more.
        checkpoints::close(&mut live).await?;
        live.execute("COMMIT").await?;
        self.all.follow().await?;
        Ok(true)
    }
}

/// A writer that stands still in the middle of a commit is waited for once, and not again: its connection is ended.
async fn past_sleepers(on: &mut MySqlConnection, waited: sqlx::Error) -> Result<(), sqlx::Error> {
    if is_waited_in_vain(&waited) { end_sleepers(on).await } else { Err(waited) }
}

async fn fence(on: &mut MySqlConnection, holder: &str, millis: i64) -> Result<(), sqlx::Error> {
    let Err(error) = checkpoints::fence(on, holder, millis).await else { return Ok(()) };
    past_sleepers(on, error).await?;
    checkpoints::fence(on, holder, millis).await
}

async fn lock_fence(on: &mut MySqlConnection, holder: &str) -> Result<bool, sqlx::Error> {
    match checkpoints::lock_fence(on, holder).await {
        Ok(holds) => Ok(holds),
        Err(error) => {
            past_sleepers(on, error).await?;
            checkpoints::lock_fence(on, holder).await
        }
    }
}

#[async_trait]
impl Succession<DirectoryChange> for MysqlSuccession {
    async fn building(&self) -> Result<Arc<dyn ReadModel<DirectoryChange>>, Unavailable> {
        let mut building = self.building.lock().await;
        let (number, writer) = self.begin().await.map_err(away)?;
        *building = Some((number, writer.clone()));
        Ok(writer)
    }

    async fn discard(&self) -> Result<(), Unavailable> {
        match self.building.lock().await.take() {
            Some((number, _)) => self.remove(number).await.map_err(away),
            None => Ok(()),
        }
    }

    /// What is committed is as durable as the server keeps it.
    async fn settle(&self) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn fence(&self, time: Duration) -> Result<Vec<(Partition, Checkpoint)>, Unavailable> {
        let mut live = self.live().await.map_err(away)?;
        let millis = i64::try_from(time.as_millis()).map_err(|error| Unavailable(error.to_string()))?;
        fence(&mut live, &self.holder, millis).await.map_err(away)?;
        Ok(checkpoints::all(&mut live).await.map_err(away)?.into_iter().collect())
    }

    async fn unfence(&self) -> Result<(), Unavailable> {
        let mut live = self.live().await.map_err(away)?;
        let unfence = sqlx::query("UPDATE fence SET until = 0 WHERE id = 1 AND holder = ?");
        unfence.bind(&self.holder).execute(&mut live).await.map_err(away)?;
        Ok(())
    }

    async fn switch(&self) -> Result<u64, SwitchError> {
        let away = |error: sqlx::Error| SwitchError::Unavailable(error.to_string());
        let mut building = self.building.lock().await;
        let number = building.as_ref().map(|(number, _)| *number);
        let number = number.ok_or_else(|| SwitchError::Unavailable("nothing is being built".to_owned()))?;
        if !self.switch_under_lock(number).await.map_err(away)? {
            return Err(SwitchError::Unfenced);
        }
        *building = None;
        Ok(number)
    }
}
