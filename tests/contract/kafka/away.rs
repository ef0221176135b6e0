//! Brokers that are away, and come back: nothing is lost, and it is said meanwhile.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use infra::adapters::kafka::KafkaUrl;
use infra::adapters::partitions::{Topic, number, topic_of};
use infra::telemetry::Metrics;
use projections::ports::{Checkpoint, Entry, Log as _, LogError, Partition};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use tokio::time::sleep;

use super::super::given::{item, stream};
use super::wire::{EACH, PARTITIONS, Wire, read};

const MOMENT: Duration = Duration::from_millis(200);
/// Longer than anybody waits for brokers that say nothing.
const SOON: Duration = Duration::from_secs(10);

/// Brokers that can be sent away, and a store that feeds them.
struct Site {
    cluster: MockCluster<'static, DefaultProducerContext>,
    wire: Wire,
}

impl Site {
    async fn new() -> Option<Self> {
        let cluster = MockCluster::new(1).expect("a cluster");
        let wire = Wire::at(cluster.bootstrap_servers()).await?;
        let site = Self { cluster, wire };
        site.make_topics();
        Some(site)
    }

    fn make_topics(&self) {
        for topic in Topic::ALL.map(Topic::name).into_iter().chain(["chat.events"]) {
            self.cluster.create_topic(&self.wire.url.topic(topic), EACH.cast_signed(), 1).expect("a topic");
        }
    }

    /// Other brokers take their place, without a record.
    fn come_back_empty(&mut self) {
        self.cluster = MockCluster::new(1).expect("a cluster");
        let url = format!("kafka://{}?prefix={}", self.cluster.bootstrap_servers(), self.wire.prefix);
        self.wire.url = KafkaUrl::read(&url).expect("a URL");
        self.make_topics();
    }

    /// Somebody else writes to a partition.
    async fn intrude(&self, partition: Partition) {
        let producer: FutureProducer = self.wire.url.config().create().expect("a producer");
        let (topic, index) = topic_of(partition).expect("a topic");
        let topic = self.wire.url.topic(topic.name());
        let record = FutureRecord::<str, str>::to(&topic).partition(index.cast_signed()).payload("{}");
        producer.send(record, SOON).await.expect("sent");
    }

    fn go(&self) {
        self.cluster.broker_down(1).expect("down");
    }

    fn come_back(&self) {
        self.cluster.broker_up(1).expect("up");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_while_the_brokers_are_away_arrives_when_they_are_back() {
    let Some(mut site) = Site::new().await else { return };
    site.wire.start();
    let log = site.wire.reader();
    site.wire.append(8, 5).await;
    let at = read(&log, BTreeMap::new(), &site.wire.awaited().await).await;
    for times in 1..=2 {
        site.go();
        site.wire.append(8, 5).await;
        sleep(Duration::from_secs(2 * times)).await;
        site.come_back();
        site.wire.append(8, 5).await;
    }
    // The reader that was there all along, and one that comes now.
    let awaited = site.wire.awaited().await;
    read(&log, at, &awaited).await;
    read(&site.wire.reader(), BTreeMap::new(), &awaited).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_goes_on_where_it_was() {
    let Some(mut site) = Site::new().await else { return };
    site.wire.start();
    let (room, log) = (stream(), site.wire.reader());
    let partition = PARTITIONS.of(room, room.id);
    site.wire.add(item(room, 0, 3)).await;
    let mut at = Checkpoint::default();
    let mut seen = vec![];
    for version in [3, 5, 7] {
        while (seen.len() as u64) < version {
            let batch = log.read(partition, at, 2, SOON).await.expect("they are there");
            seen.extend(batch.entries.iter().map(Entry::version));
            at = batch.end;
        }
        site.go();
        let away = async || matches!(log.end(partition).await, Err(LogError::Unavailable(_))).then_some(());
        world::eventually("it is said that they are away", away).await;
        // Whoever reads on meanwhile gets nothing, and loses nothing.
        for _ in 0..3 {
            if let Ok(batch) = log.read(partition, at, 2, MOMENT).await {
                assert_eq!((batch.entries.len(), batch.end), (0, at));
            }
        }
        site.wire.add(item(room, version, 2)).await;
        site.come_back();
    }
    assert_eq!(seen, (1..=7).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brokers_that_were_never_there_are_not_waited_for_long() {
    // A port that nobody listens on.
    let Some(wire) = Wire::at("127.0.0.1:1".to_owned()).await else { return };
    let (log, began) = (wire.reader(), Instant::now());
    let partition = number(Topic::User, 1);
    if let Ok(batch) = log.read(partition, Checkpoint::default(), 1, MOMENT).await {
        assert_eq!((batch.entries.len(), batch.end), (0, Checkpoint::default()));
    }
    assert!(matches!(log.end(partition).await, Err(LogError::Unavailable(_))));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert!(matches!(log.end(7_000).await, Err(LogError::Unavailable(_))));
}

/// Each attempt to connect leaves a word in the client's queue. A look that ended with each of them told nothing for minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_of_connections_meanwhile_does_not_hide_the_ends() {
    let Some(mut site) = Site::new().await else { return };
    site.wire.start();
    let log = site.wire.reader();
    site.wire.append(8, 1).await;
    let awaited = site.wire.awaited().await;
    read(&log, BTreeMap::new(), &awaited).await;
    let partition = *awaited.keys().next().expect("a partition");
    log.end(partition).await.expect("the brokers are there");
    site.go();
    sleep(SOON).await;
    site.come_back();
    let mut refused = vec![];
    let end = loop {
        match log.end(partition).await {
            Ok(end) => break end,
            Err(away) => refused.push(away.to_string()),
        }
        assert!(refused.len() < 4, "{refused:?}");
        sleep(MOMENT).await;
    };
    assert_eq!(Some(&end.position), awaited[&partition].last());
}

/// What was written before is not gone through again by whoever begins there now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_empty_ends_where_the_relay_left_it() {
    let Some(mut site) = Site::new().await else { return };
    let relay = site.wire.start();
    site.wire.append(8, 5).await;
    site.wire.relayed(40).await;
    relay.abort();
    site.come_back_empty();
    let log = site.wire.reader();
    for (partition, positions) in site.wire.awaited().await {
        let end = log.end(partition).await.expect("they are there");
        assert_eq!((end.offset, Some(&end.position)), (0, positions.last()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_others_is_met_once_however_often_nothing_comes() {
    let Some(mut site) = Site::new().await else { return };
    site.wire.start();
    let (room, metrics) = (stream(), Metrics::default());
    let (partition, log) = (PARTITIONS.of(room, room.id), site.wire.counting_reader(&metrics));
    site.wire.add(item(room, 0, 3)).await;
    let at = read(&log, BTreeMap::new(), &site.wire.awaited().await).await;
    site.intrude(partition).await;
    let topic = site.wire.url.topic(topic_of(partition).expect("a topic").0.name());
    let skipped =
        |times| metrics.text().contains(&format!("chat_skipped_records_total{{topic=\"{topic}\"}} {times}\n"));
    // A read model keeps no checkpoint for what gave it nothing: it comes with the same again.
    let again = async || {
        let batch = log.read(partition, at[&partition], 10, MOMENT).await.expect("they are there");
        assert_eq!((batch.entries.len(), batch.end.position), (0, at[&partition].position));
    };
    world::eventually("it is met", async || {
        again().await;
        skipped(1).then_some(())
    })
    .await;
    for _ in 0..5 {
        again().await;
    }
    site.wire.add(item(room, 3, 2)).await;
    read(&log, at, &site.wire.awaited().await).await;
    assert!(skipped(1), "{}", metrics.text());
}
