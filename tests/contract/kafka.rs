//! The log on Kafka: from PostgreSQL through the relay to a reader, each test with databases and topics of its own.

mod group;
mod tie;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use infra::adapters::kafka::{KafkaBroker, KafkaLog, ensure};
use infra::adapters::partitions::{Partitions, topic_of};
use projections::ports::{Checkpoint, Log as _, Partition};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::time::{sleep, timeout};

use wire::Wire;

const EACH: u32 = 2;
const PARTITIONS: Partitions = Partitions::Topics(EACH);

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
