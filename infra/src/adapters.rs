//! Every port's adapters, and the one place that chooses among them.

pub mod accounts;
pub mod adoption;
pub mod backup;
pub mod beside;
pub mod bulk;
pub mod chains;
mod clock;
mod common;
pub mod deletions;
pub mod departures;
mod entries;
pub mod event_store;
pub mod freshness;
pub mod halt;
pub mod identity;
pub mod images;
pub mod kafka;
pub mod keyless;
mod log_feed;
pub mod logs;
mod metadata;
pub mod migrate;
pub mod models;
pub mod notice;
pub mod older;
pub mod opening;
pub mod partitions;
pub mod people;
pub mod pool;
pub mod postgres;
pub mod presence;
pub mod rates;
pub mod read_models;
pub mod redis;
pub mod seals;
pub mod shared_freshness;
pub mod store_log;
pub mod stores;
pub mod ties;
mod unwritten;
pub mod vault;
pub mod watchers;
mod write_ahead;

use std::error::Error;
use std::sync::Arc;

use command_side::ports::processes::{Feed, Watchers};
use command_side::ports::{Passwords, Pictures, Throttle, Ties, Tokens, Written};
use futures::future::BoxFuture;
use query_side::Positions;
use query_side::ports::{Attendance, Freshness, ReadModels, Watched};

use crate::config::{Role, Settings};
use crate::http::{Readiness, Verify};
use accounts::{Argon2Passwords, EndedSessions, JwtTokens};
use common::{presence, rates, throttle, watching};
use departures::Departures;
use freshness::InProcessFreshness;
use images::{EncodedPictures, ObjectImages};
use log_feed::LogFeed;
use logs::{Logs, Prepared};
use models::Models;
use opening::{Beside, Eventually};
use partitions::THE_STORE;
use postgres::PostgresNotice;
use rates::Rates;
use read_models::{BothModels, Live};
use redis::{Redis, RedisNotes, RedisPresence};
use shared_freshness::{Ends, SharedFreshness};
use stores::Stores;
use ties::ReadTies;

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
    pub attendance: Attendance,
    /// The same, where processes share it.
    pub shared_presence: Option<Arc<RedisPresence>>,
    /// The event store's log, for whoever commands because of what happens.
    pub feed: Arc<dyn Feed>,
    pub watched: Arc<dyn Watched>,
    pub watchers: Arc<dyn Watchers>,
    pub throttle: Arc<dyn Throttle>,
    pub rates: Arc<Rates>,
    pub tokens: Arc<dyn Tokens>,
    pub verify: Arc<dyn Verify>,
    pub passwords: Arc<dyn Passwords>,
    pub pictures: Arc<dyn Pictures>,
    pub images: Arc<ObjectImages>,
    pub ties: Arc<dyn Ties>,
    /// What runs beside, for ever.
    pub background: Vec<Beside>,
}

impl Adapters {
    /// Opens what the settings name beside `stores`.
    ///
    /// # Errors
    /// The first part that can not be used.
    pub async fn open(settings: &Settings, mut stores: Stores) -> Result<Self, Failure> {
        let mut models = Models::open(settings, &stores.identity).await?;
        let logs = Logs::of(settings, &stores).await?;
        let mut background = std::mem::take(&mut stores.background);
        background.append(&mut models.opening);
        let (prepared, preparing) = prepare(&logs, settings.migrate);
        background.push(Box::pin(preparing));
        let tokens = Arc::new(JwtTokens::new(&stores.secrets)?);
        let ends = ends(&stores, &logs);
        let Shared { written, freshness, redis } = shared(settings, &stores, &logs, &ends).await?;
        background.extend(redis.clone().map(admitted));
        let (attendance, shared_presence) = presence(settings, redis.as_ref());
        stores.sessions = Arc::new(Departures { sessions: stores.sessions, heartbeats: attendance.heartbeats.clone() });
        let (watched, watchers) = watching(redis.as_ref(), &mut background);
        let images = Arc::new(ObjectImages::of(settings)?);
        if settings.serves_images() {
            background.push(usable(images.clone()));
        }
        let rates = rates(settings, redis.as_ref(), &stores, &mut background);
        let read_models = Arc::new(BothModels {
            directory: Arc::new(models.directory.clone()),
            timeline: Arc::new(models.timeline.clone()),
            partitions: logs.partitions(),
        });
        Ok(Self {
            ties: Arc::new(ReadTies::new(read_models.clone(), ends)),
            read_models,
            models,
            logs,
            prepared,
            written,
            freshness,
            feed: Arc::new(LogFeed::new(stores.log.clone())),
            watched,
            watchers,
            throttle: throttle(settings, redis.as_ref(), &stores),
            rates,
            redis,
            attendance,
            shared_presence,
            verify: verifier(tokens.clone(), stores.ended.clone()),
            tokens,
            passwords: Arc::new(Argon2Passwords::new(settings.worker_threads)?),
            pictures: Arc::new(EncodedPictures::new(settings.worker_threads)),
            images,
            background,
            stores,
        })
    }
}

impl Adapters {
    /// What the process looks at to say whether it is ready: what its roles can do nothing without, and what only some calls need.
    #[must_use]
    pub fn readiness(&self, settings: &Settings) -> Readiness {
        let is_edge = settings.carries(Role::Command) || settings.carries(Role::Query);
        let mut readiness = self.stores.readiness.clone();
        if is_edge || settings.carries(Role::Projector) {
            let (directory, timeline) = (self.models.directory.clone(), self.models.timeline.clone());
            readiness =
                readiness.wishing("directory", move || checked(directory.get().map(|open| open.reader.clone())));
            readiness = readiness.wishing("timeline", move || checked(timeline.get().map(|open| open.reader.clone())));
        }
        if matches!(self.logs, Logs::Kafka(_)) {
            let (logs, prepared) = (self.logs.clone(), self.prepared.clone());
            readiness = readiness.wishing("event_log", move || {
                let (logs, is_prepared) = (logs.clone(), prepared.get().is_some());
                async move { if is_prepared { logs.check().await } else { Err("it is not prepared yet".to_owned()) } }
            });
        }
        if settings.serves_images() {
            let images = self.images.clone();
            readiness = readiness.wishing("images", move || {
                let images = images.clone();
                async move { images.check().await }
            });
        }
        if let Some(redis) = self.redis.clone().filter(|_| is_edge) {
            readiness = readiness.wishing("shared", move || {
                let redis = redis.clone();
                async move { redis.check().await }
            });
        }
        readiness
    }
}

async fn checked<M: ?Sized>(model: Option<Arc<dyn Live<M>>>) -> Result<(), String> {
    match model {
        Some(model) => model.check().await,
        None => Err("it has not been opened yet".to_owned()),
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

/// Where the log ends, each partition of it.
fn ends(stores: &Stores, logs: &Logs) -> Ends {
    let (relayed, log, partitions) = (stores.relayed.clone(), stores.log.clone(), logs.partitions());
    Arc::new(move || {
        let (relayed, log) = (relayed.clone(), log.clone());
        Box::pin(async move {
            match relayed {
                Some(store) => store.log_ends(partitions).await.ok(),
                None => log.end(THE_STORE).await.ok().map(|end| Positions::of(THE_STORE, end.position)),
            }
        }) as BoxFuture<'static, _>
    })
}

async fn shared(settings: &Settings, stores: &Stores, logs: &Logs, ends: &Ends) -> Result<Shared, Failure> {
    let redis = match settings.shared.scheme() {
        "memory" => None,
        _ => Some(Redis::at(settings.shared.url(), &stores.identity)?),
    };
    let Some(store) = &stores.relayed else {
        // Nobody else writes: what is noted here is all.
        let freshness = Arc::new(InProcessFreshness::new(stores.log.end(THE_STORE).await?.position));
        return Ok(Shared { written: freshness.clone(), freshness, redis });
    };
    let notice = || Arc::new(PostgresNotice::new(store.clone()));
    let notes = redis.clone().map(|redis| RedisNotes::new(redis, Some(notice())));
    let freshness = Arc::new(SharedFreshness::new(logs.partitions(), ends.clone(), notes));
    Ok(Shared { written: freshness.clone(), freshness, redis })
}

/// Redis is never waited for; but one that refuses who comes with this URL would never be of use.
fn admitted(redis: Arc<Redis>) -> Beside {
    let (_, admitting) = Eventually::open("shared", async move || redis.admits().await.map(Arc::new));
    Box::pin(admitting)
}

/// Images are never waited for; but a place that refuses who comes with this URL would never be of use.
fn usable(images: Arc<ObjectImages>) -> Beside {
    let (_, admitting) = Eventually::open("images", async move || images.admits().await.map(Arc::new));
    Box::pin(admitting)
}

/// A genuine token of a session that is not over.
fn verifier(tokens: Arc<JwtTokens>, ended: Arc<EndedSessions>) -> Arc<dyn Verify> {
    use query_side::ports::Sessions as _;
    Arc::new(move |token: &str| tokens.verify(token).filter(|caller| !ended.is_ended(caller.session)))
}
