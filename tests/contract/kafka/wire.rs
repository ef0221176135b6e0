//! What a test of the log on Kafka has of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use command_side::ports::relay::RelayMeter;
use command_side::ports::{Append as _, Item};
use command_side::relay::Relay;
use domain::Position;
use infra::adapters::kafka::{KafkaBroker, KafkaLog, KafkaUrl, ensure};
use infra::adapters::postgres::{PostgresEventStore, PostgresLease, listen};
use infra::adapters::vault::KeyVault;
use projections::ports::Partition;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::super::given::{item, somebody, stream};
use super::super::postgres::Database;
use super::{EACH, PARTITIONS};

/// A store and topics that go with the test.
pub(super) struct Wire {
    pub(super) database: Database,
    pub(super) store: Arc<PostgresEventStore>,
    pub(super) vault: Arc<KeyVault>,
    pub(super) url: KafkaUrl,
    pub(super) brokers: String,
    pub(super) prefix: String,
    beside: JoinSet<()>,
}

struct NoMeter;

impl RelayMeter for NoMeter {
    fn leads(&self, _: bool) {}

    fn relay_lag(&self, _: u64, _: f64) {}

    fn relayed(&self, _: u64) {}
}

impl Wire {
    /// None, said aloud, when there are no servers.
    pub(super) async fn new() -> Option<Self> {
        let database = Database::new().await?;
        let Some(brokers) = world::server("TEST_KAFKA") else {
            world::skipped("TEST_KAFKA is not set: eval \"$(infra/dev/stack test-env)\"");
            return None;
        };
        let prefix = format!("c{}.", &Uuid::new_v4().simple().to_string()[..12]);
        let url = KafkaUrl::read(&format!("kafka://{brokers}?prefix={prefix}&replication=1")).expect("a URL");
        ensure(&url, EACH).await.expect("topics");
        let (store, vault) = (database.store().await, database.vault().await);
        let mut beside = JoinSet::new();
        beside.spawn(listen(store.clone()));
        Some(Self { database, store, vault, url, brokers, prefix, beside })
    }

    pub(super) fn relay(&self) -> Relay {
        Relay {
            outbox: self.store.clone(),
            lease: Arc::new(PostgresLease::new(self.store.clone(), None)),
            broker: Arc::new(KafkaBroker::new(&self.url, EACH).expect("a producer")),
            meter: Arc::new(NoMeter),
        }
    }

    /// Runs a relay until the test ends, or the handle is aborted.
    pub(super) fn start(&mut self) -> tokio::task::AbortHandle {
        let relay = self.relay();
        self.beside.spawn(async move {
            let stop = watch::Sender::new(false);
            relay.run(stop.subscribe()).await.expect("the store can be relied on");
        })
    }

    pub(super) fn reader(&self) -> Arc<KafkaLog> {
        let (store, vault) = (self.store.clone(), self.vault.clone());
        KafkaLog::new(&self.url, PARTITIONS, store, vault, None).expect("a reader")
    }

    /// Appends `count` events to each of `streams` fresh streams of different kinds.
    pub(super) async fn append(&self, streams: usize, count: usize) {
        let user = |n: usize| if n.is_multiple_of(2) { stream() } else { somebody().into() };
        let batch: Vec<Item> = (0..streams).map(|n| item(user(n), 0, count)).collect();
        let answers = self.store.append(&batch).await.expect("the store is there");
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    /// The positions of each partition, as the store has them.
    pub(super) async fn awaited(&self) -> BTreeMap<Partition, Vec<Position>> {
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for event in self.store.raw_after(0, 1_000_000).await.expect("the store is there") {
            let partition = PARTITIONS.of(event.stream, event.payload.subject);
            all.entry(partition).or_default().push(event.position);
        }
        all
    }

    pub(super) fn admin(&self) -> AdminClient<DefaultClientContext> {
        ClientConfig::new().set("bootstrap.servers", &self.brokers).create().expect("an admin client")
    }

    pub(super) fn topics(&self) -> Vec<String> {
        let names = ["user.events", "friend.events", "message.events", "chat.events", "notification.events"];
        names.into_iter().chain(["user.online_status"]).map(|name| format!("{}{name}", self.prefix)).collect()
    }

    pub(super) async fn delete_topics(&self) {
        let topics = self.topics();
        let names: Vec<_> = topics.iter().map(String::as_str).collect();
        self.admin().delete_topics(&names, &AdminOptions::new()).await.expect("the brokers are there");
    }

    pub(super) async fn end(mut self) {
        self.beside.shutdown().await;
        self.delete_topics().await;
        drop(self.database);
    }
}
