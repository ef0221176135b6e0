//! Every port's adapters, and the one place that chooses among them.

pub mod accounts;
pub mod bulk;
mod entries;
pub mod event_store;
pub mod freshness;
pub mod halt;
pub mod identity;
pub mod kafka;
pub mod logs;
mod metadata;
pub mod migrate;
pub mod models;
pub mod opening;
pub mod partitions;
pub mod people;
pub mod postgres;
pub mod read_models;
pub mod redis;
pub mod seals;
pub mod shared_freshness;
pub mod store_log;
pub mod stores;
mod unwritten;
pub mod vault;

use std::error::Error;
use std::sync::Arc;

use command_side::ports::{Passwords, Throttle, Tokens, Written};
use query_side::ports::{Freshness, ReadModels};

use crate::config::Settings;
use crate::http::Verify;
use accounts::{Argon2Passwords, EndedSessions, InProcessThrottle, JwtTokens};
use freshness::InProcessFreshness;
use logs::{Logs, Prepared};
use models::Models;
use opening::Beside;
use partitions::THE_STORE;
use read_models::BothModels;
use redis::{Redis, RedisNotes};
use shared_freshness::{Ends, SharedFreshness};
use stores::Stores;

type Failure = Box<dyn Error + Send + Sync>;

/// An answer for every port.
pub struct Adapters {
    pub stores: Stores,
    pub models: Models,
    pub logs: Logs,
    /// There once what follows the log may begin.
    pub prepared: Prepared,
    pub read_models: Arc<dyn ReadModels>,
    pub written: Arc<dyn Written>,
    pub freshness: Arc<dyn Freshness>,
    pub redis: Option<Arc<Redis>>,
    pub throttle: Arc<dyn Throttle>,
    pub tokens: Arc<dyn Tokens>,
    pub verify: Arc<dyn Verify>,
    pub passwords: Arc<dyn Passwords>,
    /// What runs beside, for ever.
    pub background: Vec<Beside>,
}

impl Adapters {
    /// Opens what the settings name beside `stores`.
    ///
    /// # Errors
    /// The first part that can not be used.
    pub async fn open(settings: &Settings, mut stores: Stores) -> Result<Self, Failure> {
        let mut models = Models::open(settings).await?;
        let logs = Logs::of(settings, &stores)?;
        let mut background = std::mem::take(&mut stores.background);
        background.append(&mut models.opening);
        let (prepared, preparing) = prepare(&logs, settings.migrate);
        background.push(Box::pin(preparing));
        let tokens = Arc::new(JwtTokens::new(&stores.secrets)?);
        let Shared { written, freshness, redis } = shared(settings, &stores, &logs).await?;
        Ok(Self {
            read_models: Arc::new(BothModels {
                directory: Arc::new(models.directory.clone()),
                timeline: Arc::new(models.timeline.clone()),
                partitions: logs.partitions(),
            }),
            models,
            logs,
            prepared,
            written,
            freshness,
            redis,
            throttle: Arc::new(throttle(settings)),
            verify: verifier(tokens.clone(), stores.ended.clone()),
            tokens,
            passwords: Arc::new(Argon2Passwords::new(settings.worker_threads)?),
            background,
            stores,
        })
    }
}

/// The log's own servers, prepared as soon as they answer.
fn prepare(logs: &Logs, migrate: bool) -> (Prepared, impl Future<Output = Result<(), Failure>> + use<>) {
    let logs = logs.clone();
    Prepared::open("event_log", async move || logs.prepare(migrate).await.map(Arc::new))
}

/// What is shared by processes for a while.
struct Shared {
    written: Arc<dyn Written>,
    freshness: Arc<dyn Freshness>,
    redis: Option<Arc<Redis>>,
}

async fn shared(settings: &Settings, stores: &Stores, logs: &Logs) -> Result<Shared, Failure> {
    let redis = match settings.shared.scheme() {
        "memory" => None,
        _ => Some(Redis::at(settings.shared.url(), &stores.identity)?),
    };
    let Some(store) = &stores.relayed else {
        // Nobody else writes: what is noted here is all.
        let freshness = Arc::new(InProcessFreshness::new(stores.log.end(THE_STORE).await?.position));
        return Ok(Shared { written: freshness.clone(), freshness, redis });
    };
    let (store, partitions) = (store.clone(), logs.partitions());
    let ends: Ends = Arc::new(move || {
        let store = store.clone();
        Box::pin(async move { store.log_ends(partitions).await.ok() })
    });
    let notes = redis.clone().map(RedisNotes::new);
    let freshness = Arc::new(SharedFreshness::new(partitions, ends, notes));
    Ok(Shared { written: freshness.clone(), freshness, redis })
}

fn throttle(settings: &Settings) -> InProcessThrottle {
    if settings.rate_limits { InProcessThrottle::default() } else { InProcessThrottle::off() }
}

/// A genuine token of a session that is not over.
fn verifier(tokens: Arc<JwtTokens>, ended: Arc<EndedSessions>) -> Arc<dyn Verify> {
    use query_side::ports::Sessions as _;
    Arc::new(move |token: &str| tokens.verify(token).filter(|caller| !ended.is_ended(caller.session)))
}
