//! Every port's adapters, and the one place that chooses among them.

pub mod accounts;
pub mod bulk;
mod entries;
pub mod event_store;
pub mod freshness;
pub mod halt;
pub mod identity;
pub mod kafka;
mod metadata;
pub mod migrate;
pub mod models;
pub mod opening;
pub mod partitions;
pub mod people;
pub mod postgres;
pub mod read_models;
pub mod redis;
pub mod stores;
pub mod vault;

use std::error::Error;
use std::sync::Arc;

use command_side::ports::{Passwords, Throttle, Tokens, Written};
use projections::ports::Log;
use query_side::ports::{Freshness, ReadModels};

use crate::config::Settings;
use crate::http::Verify;
use accounts::{Argon2Passwords, EndedSessions, InProcessThrottle, JwtTokens};
use freshness::InProcessFreshness;
use models::Models;
use opening::Beside;
use partitions::{Partitions, THE_STORE};
use read_models::BothModels;
use stores::Stores;

type Failure = Box<dyn Error + Send + Sync>;

/// Who reads the log: each goes through it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Streams,
    Directory,
    Timeline,
}

/// An answer for every port.
pub struct Adapters {
    pub stores: Stores,
    pub models: Models,
    pub read_models: Arc<dyn ReadModels>,
    pub written: Arc<dyn Written>,
    pub freshness: Arc<dyn Freshness>,
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
        let mut background = std::mem::take(&mut stores.background);
        background.append(&mut models.opening);
        let tokens = Arc::new(JwtTokens::new(&stores.secrets)?);
        let freshness = Arc::new(InProcessFreshness::new(stores.log.end(THE_STORE).await?.position));
        Ok(Self {
            read_models: Arc::new(BothModels {
                directory: Arc::new(models.directory.clone()),
                timeline: Arc::new(models.timeline.clone()),
                partitions: Partitions::One,
            }),
            models,
            written: freshness.clone(),
            freshness,
            throttle: Arc::new(throttle(settings)),
            verify: verifier(tokens.clone(), stores.ended.clone()),
            tokens,
            passwords: Arc::new(Argon2Passwords::new(settings.worker_threads)?),
            background,
            stores,
        })
    }

    /// The log as `reader` goes through it.
    ///
    /// # Errors
    /// It can not be followed with these settings.
    pub fn log(&self, _reader: Reader) -> Result<Arc<dyn Log>, Failure> {
        Ok(self.stores.log.clone())
    }
}

fn throttle(settings: &Settings) -> InProcessThrottle {
    if settings.rate_limits { InProcessThrottle::default() } else { InProcessThrottle::off() }
}

/// A genuine token of a session that is not over.
fn verifier(tokens: Arc<JwtTokens>, ended: Arc<EndedSessions>) -> Arc<dyn Verify> {
    use query_side::ports::Sessions as _;
    Arc::new(move |token: &str| tokens.verify(token).filter(|caller| !ended.is_ended(caller.session)))
}
