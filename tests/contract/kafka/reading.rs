//! Every event once and in order, whatever the relay repeats and the brokers lose.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use infra::adapters::kafka::{KafkaBroker, ensure, tie};
use infra::adapters::partitions::topic_of;
use projections::ports::{Checkpoint, Log as _, Partition};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use tokio::time::sleep;

use super::wire::{EACH, PARTITIONS, Wire, read};

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
    super::super::postgres::on(&url, "DELETE FROM relay_state; ").await;
    super::super::postgres::on(&url, "DELETE FROM relay_lease").await;
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
    super::super::postgres::on(&wire.database.url(), "UPDATE relay_lease SET until = clock_timestamp()").await;
    // Whoever begins at the ends of what is empty now is given what comes, and not the whole store again.
    let (late, mut ends) = (wire.reader(), BTreeMap::new());
    for (partition, positions) in wire.awaited().await {
        let end = late.end(partition).await.expect("the brokers are there");
        assert_eq!((end.offset, Some(&end.position)), (0, positions.last()));
        ends.insert(partition, end);
    }
    wire.append(8, 10).await;
    wire.start();
    let awaited = wire.awaited().await;
    read(&wire.reader(), BTreeMap::new(), &awaited).await;
    read(&late, ends, &awaited).await;
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

/// A transaction ends with something that is no record, but has an offset.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_of_others_does_not_hide_the_end() {
    let Some(mut wire) = Wire::new().await else { return };
    wire.append(8, 3).await;
    wire.start();
    let (log, awaited) = (wire.reader(), wire.awaited().await);
    read(&log, BTreeMap::new(), &awaited).await;
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &wire.brokers).set("transactional.id", &wire.prefix);
    let producer: FutureProducer = config.create().expect("a producer");
    producer.init_transactions(world::PATIENCE).expect("a producer of transactions");
    for times in 1..=3 {
        producer.begin_transaction().expect("begun");
        for (topic, partition) in wire.topics().iter().zip([0, 1].into_iter().cycle()) {
            let record = FutureRecord::<str, str>::to(topic).partition(partition).payload("{}").key("k");
            producer.send(record, Duration::from_secs(5)).await.expect("sent");
        }
        match times {
            2 => producer.abort_transaction(world::PATIENCE).expect("aborted"),
            _ => producer.commit_transaction(world::PATIENCE).expect("committed"),
        }
    }
    for partition in log.partitions() {
        let end = log.end(partition).await.expect("the brokers are there");
        let last = awaited.get(&partition).and_then(|positions| positions.last().copied());
        assert_eq!(end.position, last.unwrap_or(0), "{:?}", topic_of(partition));
    }
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
    super::super::postgres::on(&wire.database.url(), "UPDATE identity SET value = 'another' WHERE name = 'kafka'")
        .await;
    let refused = tie(&*wire.store, &wire.url, EACH).await.expect_err("refused").to_string();
    assert!(refused.contains("the Kafka cluster another") && refused.contains("adopt"), "{refused}");
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_beyond_what_is_relayed_gets_what_comes_after_it() {
    let Some(mut wire) = Wire::new().await else { return };
    wire.append(8, 10).await;
    // As a read model that was rebuilt from the store, whose topics are behind.
    let behind = wire.store.look().await.expect("the store is there");
    let (log, from) = (wire.reader(), Checkpoint { offset: 0, position: behind, event_id: None });
    for partition in log.partitions() {
        let batch = log.read(partition, from, 9, Duration::from_millis(50)).await.expect("the log is there");
        assert_eq!((batch.entries.len(), batch.end), (0, from));
    }
    wire.start();
    wire.append(8, 10).await;
    let from = log.partitions().into_iter().map(|partition| (partition, from)).collect();
    read(&log, from, &wire.awaited().await).await;
    wire.end().await;
}
