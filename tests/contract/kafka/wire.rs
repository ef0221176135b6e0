//! From PostgreSQL through the relay to a reader: databases and topics that go with a test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_side::ports::relay::RelayMeter;
use command_side::ports::{Append as _, Item};
use command_side::relay::Relay;
use domain::Position;
use infra::adapters::kafka::{KafkaBroker, KafkaLog, KafkaUrl, ensure};
use infra::adapters::partitions::Partitions;
use infra::adapters::postgres::{PostgresEventStore, PostgresLease, listen};
use infra::adapters::vault::KeyVault;
use infra::telemetry::Metrics;
use projections::ports::{Checkpoint, Log, Partition};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::OwnedMessage;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use super::super::given::{item, somebody, stream};
use super::super::postgres::Database;

pub(super) const EACH: u32 = 2;
pub(super) const PARTITIONS: Partitions = Partitions::Topics(EACH);

/// A store and topics that go with the test.
pub(super) struct Wire {
    pub(super) database: Database,
    pub(super) store: Arc<PostgresEventStore>,
    pub(super) vault: Arc<KeyVault>,
    pub(super) url: KafkaUrl,
    pub(super) brokers: String,
    pub(super) prefix: String,
    pub(super) beside: JoinSet<()>,
}

pub(super) struct NoMeter;

impl RelayMeter for NoMeter {
    fn leads(&self, _: bool) {}

    fn relay_lag(&self, _: u64, _: f64) {}

    fn relayed(&self, _: u64) {}
}

/// Where the brokers are; nothing, said aloud, when there are none.
pub(super) fn brokers() -> Option<String> {
    let brokers = world::server("TEST_KAFKA");
    if brokers.is_none() {
        world::skipped("TEST_KAFKA is not set: eval \"$(infra/dev/stack test-env)\"");
    }
    brokers
}

impl Wire {
    /// None, said aloud, when there are no servers.
    pub(super) async fn new() -> Option<Self> {
        let wire = Self::without_topics().await?;
        ensure(&wire.url, EACH).await.expect("topics");
        Some(wire)
    }

    /// The same, before anybody made the topics.
    pub(super) async fn without_topics() -> Option<Self> {
        Self::at(brokers()?).await
    }

    /// The same, on these brokers.
    pub(super) async fn at(brokers: String) -> Option<Self> {
        let database = Database::new().await?;
        let prefix = format!("c{}.", &Uuid::new_v4().simple().to_string()[..12]);
        let url = KafkaUrl::read(&format!("kafka://{brokers}?prefix={prefix}&replication=1")).expect("a URL");
        let (store, vault) = (database.store().await, database.vault().await);
        let mut beside = JoinSet::new();
        beside.spawn(listen(store.clone()));
        Some(Self { database, store, vault, url, brokers, prefix, beside })
    }

    pub(super) fn relay(&self) -> Relay {
        Relay {
            outbox: self.store.clone(),
            lease: Arc::new(PostgresLease::new(self.store.clone(), None, 1)),
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
        self.counting_reader(&Metrics::default())
    }

    /// A reader that counts what it skips.
    pub(super) fn counting_reader(&self, metrics: &Metrics) -> Arc<KafkaLog> {
        let (store, vault) = (self.store.clone(), self.vault.clone());
        KafkaLog::new(&self.url, PARTITIONS, store, vault, None, metrics.clone()).expect("a reader")
    }

    /// Appends `count` events to each of `streams` fresh streams of different kinds.
    pub(super) async fn append(&self, streams: usize, count: usize) {
        let user = |n: usize| if n.is_multiple_of(2) { stream() } else { somebody().into() };
        let batch: Vec<Item> = (0..streams).map(|n| item(user(n), 0, count)).collect();
        let answers = self.store.append(&batch).await.expect("the store is there");
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    /// Appends one item.
    pub(super) async fn add(&self, item: Item) {
        let answers = self.store.append(&[item]).await.expect("the store is there");
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

    /// Waits until everything up to `position` is noted as acknowledged.
    pub(super) async fn relayed(&self, position: Position) {
        let noted = async || {
            let query = "SELECT position FROM relay_state WHERE id = 1";
            let noted: Option<i64> = self.database.scalar(query).await;
            noted.filter(|noted| noted.cast_unsigned() >= position)
        };
        world::eventually("everything is relayed", noted).await;
    }

    /// Which term it is.
    pub(super) async fn epoch(&self) -> i64 {
        self.database.scalar("SELECT epoch FROM relay_state").await.expect("somebody led")
    }

    /// Everything that lies in `topic`, as it lies there.
    pub(super) fn records(&self, topic: &str) -> Vec<OwnedMessage> {
        let mut config = self.url.config();
        config.set("group.id", "a-test").set("enable.partition.eof", "true").set("enable.auto.commit", "false");
        let consumer: BaseConsumer = config.create().expect("a consumer");
        let mut from = TopicPartitionList::new();
        for partition in 0..EACH.cast_signed() {
            from.add_partition_offset(topic, partition, Offset::Beginning).expect("an offset");
        }
        consumer.assign(&from).expect("assigned");
        let (mut records, mut ended, until) = (vec![], 0, Instant::now() + Duration::from_secs(20));
        while ended < EACH {
            assert!(Instant::now() < until, "{topic} was not read to its end");
            match consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => records.push(message.detach()),
                Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
                Some(Err(_)) | None => {}
            }
        }
        records
    }

    pub(super) async fn delete_topics(&self) {
        let all = self.admin().inner().fetch_metadata(None, world::PATIENCE).expect("the brokers are there");
        let names = all.topics().iter().map(rdkafka::metadata::MetadataTopic::name);
        let names: Vec<_> = names.filter(|name| name.starts_with(&self.prefix)).collect();
        self.admin().delete_topics(&names, &AdminOptions::new()).await.expect("the brokers are there");
    }

    pub(super) async fn end(mut self) {
        self.beside.shutdown().await;
        self.delete_topics().await;
        drop(self.database);
    }
}

/// Reads every partition from `from` until what is awaited has come; gives where each was read to.
pub(super) async fn read(
    log: &KafkaLog,
    mut from: BTreeMap<Partition, Checkpoint>,
    awaited: &BTreeMap<Partition, Vec<Position>>,
) -> BTreeMap<Partition, Checkpoint> {
    for (partition, positions) in awaited {
        let at = from.entry(*partition).or_default();
        let began = at.position;
        let rest: Vec<_> = positions.iter().copied().filter(|position| *position > at.position).collect();
        let mut read = vec![];
        let reading = async {
            while read.len() < rest.len() {
                let batch = log.read(*partition, *at, 100, Duration::from_secs(1)).await.expect("the log is there");
                read.extend(batch.entries.iter().map(projections::ports::Entry::position));
                *at = batch.end;
            }
        };
        timeout(Duration::from_secs(30), reading)
            .await
            .unwrap_or_else(|_| panic!("{partition}: {} of {rest:?}", rest.len()));
        assert_eq!(read, rest, "partition {partition}");
        // Whoever begins behind the last event of a partition stays there.
        assert_eq!(Some(at.position), positions.last().copied().max(Some(began)));
    }
    from
}
