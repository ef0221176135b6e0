//! The stores, for a command beside the processes that serve: nothing is made or brought up to date.

use std::error::Error;
use std::sync::Arc;

use command_side::ports::Unavailable;
use domain::Position;
use projections::directory::DirectoryChange;
use projections::ports::{Checkpoint, History, Log, Partition, Succession, Verification};
use projections::timeline::TimelineChange;
use query_side::Positions;

use super::chains::{Forged, first_forged};
use super::event_store::{SqliteEventStore, SqliteLog};
use super::identity::{judge, judge_folder, name_of};
use super::logs::cut;
use super::migrate::Migrate;
use super::opening::refused;
use super::partitions::{Partitions, THE_STORE};
use super::postgres::{PostgresEventStore, PostgresKeys, PostgresLog};
use super::read_models::mongo::{MongoSuccession, MongoTimeline, MongoVerification};
use super::read_models::mysql::{MysqlDirectory, MysqlSuccession, MysqlVerification};
use super::read_models::sqlite::{Generations, Kept, Model, SqliteSuccession, SqliteVerification};
use super::redis::Redis;
use super::seals::{SealCheck, check_seals};
use super::vault::KeyVault;
use crate::config::Settings;
use crate::data::DataFolder;

/// Why a command failed.
pub type Failure = Box<dyn Error + Send + Sync>;

const NEVER_SERVED: &str = "the event store was never served";

enum Events {
    Sqlite(Arc<SqliteEventStore>),
    Postgres(Arc<PostgresEventStore>),
}

/// What a command works on.
pub struct Beside {
    settings: Settings,
    events: Events,
    vault: Arc<KeyVault>,
}

impl Beside {
    /// Opens the event store and the keys that the settings name.
    ///
    /// # Errors
    /// There is no event store, it can not be read, or keys or secrets are not its own.
    pub async fn open(settings: &Settings) -> Result<Self, Failure> {
        let (events, vault) = match settings.event_store.scheme() {
            "sqlite" => in_folder(settings).await?,
            _ => on_postgres(settings).await?,
        };
        Ok(Self { settings: settings.clone(), events, vault })
    }

    /// The events in position order.
    #[must_use]
    pub fn log(&self) -> Arc<dyn Log> {
        match &self.events {
            Events::Sqlite(store) => SqliteLog::beside(store.clone(), self.vault.clone()),
            Events::Postgres(store) => PostgresLog::new(store.clone(), self.vault.clone()),
        }
    }

    /// The events of a stream.
    #[must_use]
    pub fn history(&self) -> Arc<dyn History> {
        match &self.events {
            Events::Sqlite(store) => store.clone(),
            Events::Postgres(store) => store.clone(),
        }
    }

    /// The keys.
    #[must_use]
    pub fn vault(&self) -> Arc<KeyVault> {
        self.vault.clone()
    }

    /// How the log is cut that the read models follow.
    #[must_use]
    pub fn partitions(&self) -> Partitions {
        cut(&self.settings)
    }

    /// Whether the log is as it was sealed.
    ///
    /// # Errors
    /// The store is away.
    pub async fn check_seals(&self) -> Result<SealCheck, Unavailable> {
        match &self.events {
            Events::Sqlite(store) => check_seals(&**store).await,
            Events::Postgres(store) => check_seals(&**store).await,
        }
    }

    /// The first event that is not what was recorded.
    ///
    /// # Errors
    /// The store is away.
    pub async fn first_forged(&self) -> Result<Option<Forged>, Unavailable> {
        match &self.events {
            Events::Sqlite(store) => first_forged(&**store).await,
            Events::Postgres(store) => first_forged(&**store).await,
        }
    }

    /// The newest position.
    ///
    /// # Errors
    /// The store is away.
    pub async fn head(&self) -> Result<Position, Failure> {
        Ok(self.log().end(THE_STORE).await?.position)
    }

    /// Where the log ends that the read models follow, each partition of it.
    ///
    /// # Errors
    /// The store is away.
    pub async fn ends(&self) -> Result<Positions, Failure> {
        match self.relayed() {
            Some(store) => store.log_ends(self.partitions()).await.map_err(|away| away.0.into()),
            None => Ok(Positions::of(THE_STORE, self.head().await?)),
        }
    }

    /// Where the live generation of a read model stands.
    ///
    /// # Errors
    /// It is away.
    pub async fn checkpoints(&self, model: Model) -> Result<Vec<(Partition, Checkpoint)>, Failure> {
        let frozen = match model {
            Model::Directory => self.directory_verification().await?.frozen().await?,
            Model::Timeline => self.timeline_verification().await?.frozen().await?,
        };
        Ok(frozen.checkpoints)
    }

    /// The store that feeds brokers, if there are any.
    #[must_use]
    pub fn relayed(&self) -> Option<Arc<PostgresEventStore>> {
        self.appended_by_many().filter(|_| self.settings.event_log.scheme() == "kafka")
    }

    /// The store, if more than one process may append to it.
    #[must_use]
    pub fn appended_by_many(&self) -> Option<Arc<PostgresEventStore>> {
        match &self.events {
            Events::Postgres(store) => Some(store.clone()),
            Events::Sqlite(_) => None,
        }
    }

    /// What the settings say.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What processes share for a while, if it is not in one of them.
    ///
    /// # Errors
    /// The URL leads to no Redis, or the event store was never served.
    pub async fn shared(&self) -> Result<Option<Arc<Redis>>, Failure> {
        match self.settings.shared.scheme() {
            "memory" => Ok(None),
            _ => Ok(Some(Redis::at(self.settings.shared.url(), &self.identity().await?)?)),
        }
    }

    /// What rebuilds the directory.
    ///
    /// # Errors
    /// Another rebuild runs, or it is away.
    pub async fn directory_succession(&self) -> Result<Arc<dyn Succession<DirectoryChange>>, Failure> {
        match self.settings.directory.scheme() {
            "sqlite" => self.sqlite_succession(Model::Directory).await,
            _ => Ok(MysqlSuccession::new(self.mysql().await?).await?),
        }
    }

    /// What rebuilds the timeline.
    ///
    /// # Errors
    /// Another rebuild runs, or it is away.
    pub async fn timeline_succession(&self) -> Result<Arc<dyn Succession<TimelineChange>>, Failure> {
        match self.settings.timeline.scheme() {
            "sqlite" => self.sqlite_succession(Model::Timeline).await,
            _ => Ok(MongoSuccession::new(self.mongodb().await?).await.map_err(|away| away.0)?),
        }
    }

    /// What verifies the directory.
    ///
    /// # Errors
    /// It is away.
    pub async fn directory_verification(&self) -> Result<Box<dyn Verification<DirectoryChange>>, Failure> {
        match self.settings.directory.scheme() {
            "sqlite" => Ok(Box::new(SqliteVerification::new(self.generations(Model::Directory).await?).await?)),
            _ => Ok(Box::new(MysqlVerification::new(self.mysql().await?).await?)),
        }
    }

    /// What verifies the timeline.
    ///
    /// # Errors
    /// It is away.
    pub async fn timeline_verification(&self) -> Result<Box<dyn Verification<TimelineChange>>, Failure> {
        match self.settings.timeline.scheme() {
            "sqlite" => Ok(Box::new(SqliteVerification::new(self.generations(Model::Timeline).await?).await?)),
            _ => Ok(Box::new(MongoVerification::new(self.mongodb().await?).await.map_err(|away| away.0)?)),
        }
    }

    async fn sqlite_succession<C: Kept>(&self, model: Model) -> Result<Arc<dyn Succession<C>>, Failure> {
        Ok(SqliteSuccession::<C>::new(self.generations(model).await?)?)
    }

    async fn generations(&self, model: Model) -> Result<Arc<Generations>, Failure> {
        Generations::open(&DataFolder::at(&self.settings.data).read_models(), model).await
    }

    async fn identity(&self) -> Result<String, Failure> {
        let name = match &self.events {
            Events::Sqlite(store) => name_of(&**store).await,
            Events::Postgres(store) => name_of(&**store).await,
        };
        name.map_err(|away| away.0)?.ok_or_else(|| NEVER_SERVED.into())
    }

    async fn mysql(&self) -> Result<Arc<MysqlDirectory>, Failure> {
        let url = self.settings.directory.url();
        let connected = MysqlDirectory::connect(url, &self.identity().await?, Migrate::Check).await;
        connected.map_err(|error| refused("directory", error))
    }

    async fn mongodb(&self) -> Result<Arc<MongoTimeline>, Failure> {
        let url = self.settings.timeline.url();
        let connected = MongoTimeline::connect(url, &self.identity().await?, Migrate::Check).await;
        connected.map_err(|error| refused("timeline", error))
    }
}

async fn in_folder(settings: &Settings) -> Result<(Events, Arc<KeyVault>), Failure> {
    let folder = DataFolder::at(&settings.data);
    if judge_folder(settings).await?.is_none() {
        return Err(format!("there is no event store in {}, or none that was served", settings.data.display()).into());
    }
    let store = SqliteEventStore::open_beside(&folder.events()).await?;
    Ok((Events::Sqlite(store), KeyVault::open_beside(&folder.keys())))
}

async fn on_postgres(settings: &Settings) -> Result<(Events, Arc<KeyVault>), Failure> {
    let keys = PostgresKeys::connect(settings.keys.url(), Migrate::Check).await;
    let vault = KeyVault::over(Box::new(keys.map_err(|error| refused("keys", error))?));
    let store = PostgresEventStore::connect(settings.event_store.url(), Migrate::Check).await;
    let store = store.map_err(|error| refused("event_store", error))?;
    judge(Some(&*store), Some(&vault), &settings.secrets).await?.ok_or(NEVER_SERVED)?;
    Ok((Events::Postgres(store), vault))
}
