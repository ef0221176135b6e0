//! Every port's adapters, and the one place that chooses among them.

pub mod accounts;
pub mod bulk;
mod entries;
pub mod event_store;
pub mod freshness;
pub mod halt;
pub mod identity;
pub mod kafka;
pub mod partitions;
pub mod people;
pub mod postgres;
pub mod read_models;
pub mod redis;
pub mod vault;

use std::error::Error;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use command_side::ports::{
    Append, Claims, Credentials, Digests, History, Keys, Passwords, Sessions, Snapshots, Throttle, Tokens, Vault,
    Written,
};
use domain::Timestamp;
use futures::future::BoxFuture;
use projections::directory::DirectoryChange;
use projections::ports::{Log, ReadModel};
use projections::timeline::TimelineChange;
use query_side::ports::{Freshness, ReadModels};

use crate::config::Settings;
use crate::data::{DataFolder, Lock};
use crate::http::{Readiness, Verify};
use accounts::{Argon2Passwords, EndedSessions, InProcessThrottle, JwtTokens, SqliteSessions, forget_sessions};
use event_store::{SqliteEventStore, SqliteLog, copy_commits, seal_log, write_snapshots};
use freshness::InProcessFreshness;
use halt::{Halt, Halting};
use partitions::{Partitions, THE_STORE};
use read_models::BothModels;
use read_models::sqlite::LiveModel;
use read_models::sqlite::generations::{Generations, Model};
use vault::KeyVault;
use vault::secrets::Secrets;

type Failure = Box<dyn Error + Send + Sync>;

/// An answer for every port.
pub struct Adapters {
    pub append: Arc<dyn Append>,
    /// Stops what `append` does.
    pub halt: Halt,
    pub history: Arc<dyn History>,
    pub snapshots: Arc<dyn Snapshots>,
    pub keys: Arc<dyn Keys>,
    pub claims: Arc<dyn Claims>,
    pub credentials: Arc<dyn Credentials>,
    pub sessions: Arc<dyn Sessions>,
    pub endings: Arc<dyn query_side::ports::Sessions>,
    pub vault: Arc<dyn Vault>,
    pub digests: Arc<dyn Digests>,
    pub tokens: Arc<dyn Tokens>,
    pub verify: Arc<dyn Verify>,
    pub passwords: Arc<dyn Passwords>,
    pub throttle: Arc<dyn Throttle>,
    pub log: Arc<dyn Log>,
    pub directory: Arc<dyn ReadModel<DirectoryChange>>,
    pub timeline: Arc<dyn ReadModel<TimelineChange>>,
    pub read_models: Arc<dyn ReadModels>,
    pub written: Arc<dyn Written>,
    pub freshness: Arc<dyn Freshness>,
    /// Whether each part is there.
    pub readiness: Readiness,
    /// What runs beside, for ever.
    pub background: Vec<BoxFuture<'static, ()>>,
    /// Leaves everything as it should be found.
    pub close: BoxFuture<'static, ()>,
}

impl Adapters {
    /// Opens what the settings name: the embedded stores in the data folder.
    ///
    /// # Errors
    /// The first part that can not be opened.
    pub async fn open(settings: &Settings) -> Result<Self, Failure> {
        let folder = DataFolder::at(&settings.data);
        let lock = folder.lock()?;
        Self::embedded(settings, &folder, lock).await
    }

    async fn embedded(settings: &Settings, folder: &DataFolder, lock: Lock) -> Result<Self, Failure> {
        let secrets = Arc::new(Secrets::open(&folder.secrets())?);
        let vault = KeyVault::open(&folder.keys()).await.map_err(|error| named(&folder.keys(), &error))?;
        let store = SqliteEventStore::open(&folder.events()).await.map_err(|error| named(&folder.events(), &error))?;
        identity::check(&store, &vault, &secrets).await?;
        let log = SqliteLog::new(store.clone(), vault.clone());
        let directory = Generations::open(&folder.read_models(), Model::Directory).await?;
        let timeline = Generations::open(&folder.read_models(), Model::Timeline).await?;
        let (ended, halt) = (Arc::new(EndedSessions::default()), Halt::default());
        let tokens = Arc::new(JwtTokens::new(&secrets)?);
        let freshness = Arc::new(InProcessFreshness::new(log.end(THE_STORE).await?.position));
        Ok(Self {
            append: Arc::new(Halting { store: store.clone(), halt: halt.clone() }),
            halt: halt.clone(),
            history: store.clone(),
            snapshots: store.clone(),
            keys: store.clone(),
            claims: store.clone(),
            credentials: store.clone(),
            sessions: Arc::new(SqliteSessions::open(store.clone(), ended.clone(), now()).await?),
            verify: verifier(tokens.clone(), ended.clone()),
            endings: ended,
            vault,
            digests: secrets,
            tokens,
            passwords: Arc::new(Argon2Passwords::new(settings.worker_threads)?),
            throttle: Arc::new(throttle(settings)),
            log,
            directory: Arc::new(LiveModel::new(directory.clone())),
            timeline: Arc::new(LiveModel::new(timeline.clone())),
            read_models: Arc::new(BothModels { directory, timeline, partitions: Partitions::One }),
            written: freshness.clone(),
            freshness,
            readiness: readiness(&store, &halt),
            background: vec![
                Box::pin(seal_log(store.clone())),
                Box::pin(write_snapshots(store.clone())),
                Box::pin(copy_commits(store.clone())),
                Box::pin(forget_sessions(store.clone())),
            ],
            close: Box::pin(close(store, lock)),
        })
    }
}

fn named(file: &Path, error: &impl Display) -> Failure {
    format!("{}: {error}", file.display()).into()
}

fn throttle(settings: &Settings) -> InProcessThrottle {
    if settings.rate_limits { InProcessThrottle::default() } else { InProcessThrottle::off() }
}

/// A genuine token of a session that is not over.
fn verifier(tokens: Arc<JwtTokens>, ended: Arc<EndedSessions>) -> Arc<dyn Verify> {
    use query_side::ports::Sessions as _;
    Arc::new(move |token: &str| tokens.verify(token).filter(|caller| !ended.is_ended(caller.session)))
}

fn readiness(store: &Arc<SqliteEventStore>, halt: &Halt) -> Readiness {
    let (store, halt) = (store.clone(), halt.clone());
    let readiness = Readiness::default().with("event_store", move || {
        let store = store.clone();
        async move { store.check().await.map_err(|away| away.0) }
    });
    readiness.with("log", move || std::future::ready(halt.check()))
}

async fn close(store: Arc<SqliteEventStore>, lock: Lock) {
    store.close().await;
    // Only now may another server come.
    drop(lock);
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
