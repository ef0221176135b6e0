//! The log on Kafka: from PostgreSQL through the relay to a reader, each test with databases and topics of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use command_side::ports::relay::RelayMeter;
use command_side::ports::{Append as _, Item};
use command_side::relay::Relay;
use domain::Position;
use infra::adapters::kafka::{KafkaBroker, KafkaLog, KafkaUrl, ensure, tie};
use infra::adapters::partitions::{Partitions, topic_of};
use infra::adapters::postgres::{PostgresEventStore, PostgresLease, listen};
use infra::adapters::vault::KeyVault;
use projections::ports::{Checkpoint, Log, Partition};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::given::{item, somebody, stream};
use super::postgres::Database;

const EACH: u32 = 2;
const PARTITIONS: Partitions = Partitions::Topics(EACH);

/// A store and topics that go with the test.
struct Wire {
    database: Database,
    store: Arc<PostgresEventStore>,
    vault: Arc<KeyVault>,
    url: KafkaUrl,
    brokers: String,
    prefix: String,
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
    async fn new() -> Option<Self> {
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

    fn relay(&self) -> Relay {
        Relay {
            outbox: self.store.clone(),
            lease: Arc::new(PostgresLease::new(self.store.clone(), None, 1)),
            broker: Arc::new(KafkaBroker::new(&self.url, EACH).expect("a producer")),
            meter: Arc::new(NoMeter),
        }
    }

    /// Runs a relay until the test ends, or the handle is aborted.
    fn start(&mut self) -> tokio::task::AbortHandle {
        let relay = self.relay();
        self.beside.spawn(async move {
            let stop = watch::Sender::new(false);
            relay.run(stop.subscribe()).await.expect("the store can be relied on");
        })
    }

    fn reader(&self) -> Arc<KafkaLog> {
        let (store, vault) = (self.store.clone(), self.vault.clone());
        KafkaLog::new(&self.url, PARTITIONS, store, vault, None).expect("a reader")
    }

    /// Appends `count` events to each of `streams` fresh streams of different kinds.
    async fn append(&self, streams: usize, count: usize) {
        let user = |n: usize| if n.is_multiple_of(2) { stream() } else { somebody().into() };
        let batch: Vec<Item> = (0..streams).map(|n| item(user(n), 0, count)).collect();
        let answers = self.store.append(&batch).await.expect("the store is there");
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    /// The positions of each partition, as the store has them.
    async fn awaited(&self) -> BTreeMap<Partition, Vec<Position>> {
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for event in self.store.raw_after(0, 1_000_000).await.expect("the store is there") {
            let partition = PARTITIONS.of(event.stream, event.payload.subject);
            all.entry(partition).or_default().push(event.position);
        }
        all
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        ClientConfig::new().set("bootstrap.servers", &self.brokers).create().expect("an admin client")
    }

    fn topics(&self) -> Vec<String> {
        let names = ["user.events", "friend.events", "message.events", "chat.events", "notification.events"];
        names.into_iter().chain(["user.online_status"]).map(|name| format!("{}{name}", self.prefix)).collect()
    }

    async fn delete_topics(&self) {
        let topics = self.topics();
        let names: Vec<_> = topics.iter().map(String::as_str).collect();
        self.admin().delete_topics(&names, &AdminOptions::new()).await.expect("the brokers are there");
    }

    async fn end(mut self) {
        self.beside.shutdown().await;
        self.delete_topics().await;
        drop(self.database);
    }
}

/// Reads every partition from `from` until what is awaited has come; gives where each was read to.
async fn read(
    log: &KafkaLog,
    mut from: BTreeMap<Partition, Checkpoint>,
    awaited: &BTreeMap<Partition, Vec<Position>>,
) -> BTreeMap<Partition, Checkpoint> {
    for (partition, positions) in awaited {
        let at = from.entry(*partition).or_default();
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
        assert_eq!(Some(at.position), positions.last().copied());
    }
    from
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_arrives_once_and_in_the_order_of_its_partition() {
    let Some(mut wire) = Wire::new().await else { return };
    wire.append(20, 50).await;
    wire.start();
    let log = wire.reader();
    let at = read(&log, BTreeMap::new(), &wire.awaited().await).await;
    wire.append(10, 3).await;
    let awaited = wire.awaited().await;
    read(&log, at, &awaited).await;
    for partition in log.partitions() {
        let end = log.end(partition).await.expect("the brokers are there");
        let last = awaited.get(&partition).and_then(|positions| positions.last().copied());
        assert_eq!(end.position, last.unwrap_or(0), "{:?}", topic_of(partition));
    }
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_is_told_as_it_is_when_it_is_asked_for() {
    let Some(mut wire) = Wire::new().await else { return };
    wire.start();
    let (log, mut at) = (wire.reader(), BTreeMap::new());
    for _ in 0..3 {
        wire.append(8, 1).await;
        let awaited = wire.awaited().await;
        at = read(&wire.reader(), at, &awaited).await;
        for (partition, positions) in awaited {
            let end = log.end(partition).await.expect("the brokers are there").position;
            assert_eq!(Some(&end), positions.last(), "what another reader has read is not beyond the end");
        }
    }
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_relay_repeats_is_dropped() {
    let Some(mut wire) = Wire::new().await else { return };
    wire.append(8, 10).await;
    let relay = wire.start();
    read(&wire.reader(), BTreeMap::new(), &wire.awaited().await).await;
    relay.abort();
    sleep(Duration::from_millis(300)).await;
    // As if it had never noted how far it was, nor looked at what is there.
    let url = wire.database.url();
    super::postgres::on(&url, "DELETE FROM relay_state; ").await;
    super::postgres::on(&url, "DELETE FROM relay_lease").await;
    repeat(&wire).await;
    wire.append(8, 10).await;
    wire.start();
    read(&wire.reader(), BTreeMap::new(), &wire.awaited().await).await;
    wire.end().await;
}

/// Sends everything again, as a paused leader would.
async fn repeat(wire: &Wire) {
    use command_side::ports::relay::{Broker as _, Outgoing};
    let broker = KafkaBroker::new(&wire.url, EACH).expect("a producer");
    let mut ends: BTreeMap<Partition, Position> = BTreeMap::new();
    let mut records = vec![];
    for event in wire.store.raw_after(0, 10_000).await.expect("the store is there") {
        let (partition, event) = (PARTITIONS.of(event.stream, event.payload.subject), Arc::new(event));
        let after = ends.insert(partition, event.position).unwrap_or(0);
        records.push(Outgoing { partition, after, event });
    }
    broker.send(records).await.expect("the brokers are there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recreated_topic_is_filled_from_the_event_store() {
    let Some(mut wire) = Wire::new().await else { return };
    wire.append(8, 10).await;
    let relay = wire.start();
    read(&wire.reader(), BTreeMap::new(), &wire.awaited().await).await;
    sleep(Duration::from_millis(300)).await;
    relay.abort();
    wire.delete_topics().await;
    sleep(Duration::from_secs(1)).await;
    ensure(&wire.url, EACH).await.expect("topics");
    super::postgres::on(&wire.database.url(), "UPDATE relay_lease SET until = clock_timestamp()").await;
    wire.append(8, 10).await;
    wire.start();
    read(&wire.reader(), BTreeMap::new(), &wire.awaited().await).await;
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_behind_a_position_without_an_offset_gets_what_comes_after_it() {
    let Some(mut wire) = Wire::new().await else { return };
    wire.append(8, 10).await;
    wire.start();
    sleep(Duration::from_millis(20)).await;
    let behind = wire.store.look().await.expect("the store is there");
    wire.append(8, 10).await;
    let from = Checkpoint { offset: 0, position: behind, event_id: None };
    let from = wire.reader().partitions().into_iter().map(|partition| (partition, from)).collect();
    read(&wire.reader(), from, &wire.awaited().await).await;
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_not_ours_is_skipped() {
    let Some(mut wire) = Wire::new().await else { return };
    let mut config = ClientConfig::new();
    let producer: FutureProducer = config.set("bootstrap.servers", &wire.brokers).create().expect("a producer");
    let foreign = async || {
        for topic in wire.topics() {
            for partition in 0..i32::try_from(EACH).expect("small") {
                let record = FutureRecord::<str, str>::to(&topic).partition(partition).payload("{}").key("k");
                producer.send(record, Duration::from_secs(5)).await.expect("sent");
            }
        }
    };
    foreign().await;
    wire.append(8, 3).await;
    wire.start();
    let at = read(&wire.reader(), BTreeMap::new(), &wire.awaited().await).await;
    let names = wire.topics();
    for topic in &names {
        let record = FutureRecord::<str, str>::to(topic).partition(0).payload("{}").key("k");
        producer.send(record, Duration::from_secs(5)).await.expect("sent");
    }
    wire.append(8, 3).await;
    read(&wire.reader(), at, &wire.awaited().await).await;
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_relays_one_leads_and_the_other_takes_over() {
    let Some(mut wire) = Wire::new().await else { return };
    let first = wire.start();
    sleep(Duration::from_millis(300)).await;
    wire.start();
    wire.append(8, 20).await;
    read(&wire.reader(), BTreeMap::new(), &wire.awaited().await).await;
    first.abort();
    wire.append(8, 20).await;
    read(&wire.reader(), BTreeMap::new(), &wire.awaited().await).await;
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_partitions_and_another_cluster_are_refused() {
    let Some(wire) = Wire::new().await else { return };
    tie(&*wire.store, &wire.url, EACH).await.expect("tied");
    let refused = tie(&*wire.store, &wire.url, EACH + 1).await.expect_err("refused").to_string();
    assert!(refused.contains("partitions"), "{refused}");
    let refused = ensure(&wire.url, EACH + 1).await.expect_err("refused").to_string();
    assert!(refused.contains("has 2 partitions, not 3"), "{refused}");
    super::postgres::on(&wire.database.url(), "UPDATE identity SET value = 'another' WHERE name = 'kafka'").await;
    let refused = tie(&*wire.store, &wire.url, EACH).await.expect_err("refused").to_string();
    assert!(refused.contains("the Kafka cluster another") && refused.contains("adopt"), "{refused}");
    wire.end().await;
}
