//! The log, as each of its readers goes through it.

use std::error::Error;
use std::sync::Arc;

use command_side::relay::Relay;
use projections::ports::Log;

use super::kafka::{Group, KafkaBroker, KafkaLog, KafkaUrl, Pulse, StatusCourier, check, ensure, generation, tie};
use super::opening::{Eventually, refused};
use super::partitions::Partitions;
use super::postgres::{PostgresEventStore, PostgresLease};
use super::redis::RedisPresence;
use super::stores::Stores;
use super::vault::KeyVault;
use crate::config::Settings;
use crate::telemetry::Metrics;

type Failure = Box<dyn Error + Send + Sync>;

/// Who reads the log: each goes through it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Streams,
    Directory,
    Timeline,
}

impl Reader {
    /// The group of those who share the work, if it is shared.
    const fn group(self) -> Option<&'static str> {
        match self {
            Self::Streams => None,
            Self::Directory => Some("chat-directory"),
            Self::Timeline => Some("chat-timeline"),
        }
    }
}

/// How the log is cut that the settings name.
#[must_use]
pub fn cut(settings: &Settings) -> Partitions {
    match settings.event_log.scheme() {
        "kafka" => Partitions::Topics(settings.partitions),
        _ => Partitions::One,
    }
}

/// Where the log is.
#[derive(Clone)]
pub enum Logs {
    /// The event store itself.
    Store(Arc<dyn Log>),
    Kafka(Brokers),
}

/// The brokers, and the store that feeds them.
#[derive(Clone)]
pub struct Brokers {
    url: KafkaUrl,
    generation: u32,
    partitions: u32,
    store: Arc<PostgresEventStore>,
    vault: Arc<KeyVault>,
    instance: Option<String>,
    pulse: Arc<Pulse>,
}

impl Logs {
    /// What the settings name; the brokers need not be there.
    ///
    /// # Errors
    /// The URL leads to no brokers, or the event store is away.
    pub async fn of(settings: &Settings, stores: &Stores) -> Result<Self, Failure> {
        let Some(store) = stores.relayed.clone().filter(|_| settings.event_log.scheme() == "kafka") else {
            return Ok(Self::Store(stores.log.clone()));
        };
        let generation = generation(&*store).await?;
        let url = KafkaUrl::read(settings.event_log.url())?.of_generation(generation);
        let pulse = Pulse::of(&url).map_err(|error| refused("event_log", error.into()))?;
        let (vault, pulse) = (stores.vault.clone(), Arc::new(pulse));
        let instance = Some(settings.instance.clone()).filter(|instance| !instance.is_empty());
        Ok(Self::Kafka(Brokers { url, generation, partitions: settings.partitions, store, vault, instance, pulse }))
    }

    /// How it is cut.
    #[must_use]
    pub const fn partitions(&self) -> Partitions {
        match self {
            Self::Store(_) => Partitions::One,
            Self::Kafka(brokers) => Partitions::Topics(brokers.partitions),
        }
    }

    /// The log as `reader` goes through it, who counts in `metrics` what is not ours.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn reader(&self, reader: Reader, metrics: &Metrics) -> Result<Arc<dyn Log>, Failure> {
        let brokers = match self {
            Self::Store(log) => return Ok(log.clone()),
            Self::Kafka(brokers) => brokers,
        };
        let group = reader.group().map(|name| {
            let instance = brokers.instance.as_ref().map(|instance| format!("{instance}-{name}"));
            Group::join(&brokers.url, name, instance.as_deref())
        });
        let (store, vault) = (brokers.store.clone(), brokers.vault.clone());
        Ok(KafkaLog::new(&brokers.url, self.partitions(), store, vault, group.transpose()?, metrics.clone())?)
    }

    /// The brokers' topics, made if they are to be, and tied to the store; nothing to do where the log is the store.
    ///
    /// # Errors
    /// The brokers are away, or are not those of this store.
    pub async fn prepare(&self, migrate: bool) -> Result<(), Failure> {
        let Self::Kafka(brokers) = self else { return Ok(()) };
        let Brokers { url, partitions, store, .. } = brokers;
        tie(&**store, url, *partitions).await?;
        if migrate { ensure(url, *partitions).await } else { check(url, *partitions).await }
    }

    /// Whether the brokers answer.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), String> {
        match self {
            Self::Store(_) => Ok(()),
            Self::Kafka(brokers) => brokers.pulse.check().await,
        }
    }

    /// The relay; none where the log is the store.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn relay(&self, metrics: &Metrics) -> Result<Option<Relay>, Failure> {
        let Self::Kafka(brokers) = self else { return Ok(None) };
        let store = &brokers.store;
        Ok(Some(Relay {
            outbox: store.clone(),
            lease: Arc::new(PostgresLease::new(store.clone(), brokers.instance.clone(), brokers.generation)),
            broker: Arc::new(KafkaBroker::new(&brokers.url, brokers.partitions)?),
            meter: Arc::new(metrics.clone()),
        }))
    }

    /// Who tells others who is online; none where the log is the store.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn courier(&self, presence: Arc<RedisPresence>) -> Result<Option<StatusCourier>, Failure> {
        let Self::Kafka(brokers) = self else { return Ok(None) };
        Ok(Some(StatusCourier::new(&brokers.url, brokers.partitions, presence)?))
    }
}

/// The brokers once they are prepared: what follows them may begin.
pub type Prepared = Eventually<()>;
