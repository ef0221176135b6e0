use std::time::Duration;

use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Actor, Envelope, Kind, StreamId, Timestamp};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use uuid::Uuid;

use super::*;
use crate::adapters::kafka::encode;

/// More partitions than one, and more topics: the end of each is told with its index only.
const EACH: i32 = 2;
const TOPICS: [&str; 2] = ["one", "two"];

/// Brokers in this process, and who writes to them.
struct Site {
    _cluster: MockCluster<'static, DefaultProducerContext>,
    producer: FutureProducer,
    peek: Arc<Peek>,
}

impl Site {
    fn new() -> Self {
        let cluster = MockCluster::new(1).expect("a cluster");
        TOPICS.iter().for_each(|topic| cluster.create_topic(topic, EACH, 1).expect("a topic"));
        let url = KafkaUrl::read(&format!("kafka://{}", cluster.bootstrap_servers())).expect("a URL");
        let producer = url.config().create().expect("a producer");
        Self { _cluster: cluster, producer, peek: Arc::new(Peek::new(&url).expect("a consumer")) }
    }

    async fn ours(&self, topic: &str, index: i32, position: Position) {
        let record = FutureRecord::<str, str>::to(topic).partition(index).payload("{}");
        let record = record.headers(encode(&event(position), 0));
        self.producer.send(record, Duration::from_secs(5)).await.expect("sent");
    }

    async fn foreign(&self, topic: &str, index: i32, count: usize) {
        let record = || FutureRecord::<str, str>::to(topic).partition(index).payload("{}");
        let sent: Vec<_> = (0..count).map(|_| self.producer.send_result(record()).expect("queued")).collect();
        futures::future::try_join_all(sent).await.expect("sent");
    }

    /// Offset and position of the end of each partition.
    async fn ends(&self) -> Vec<(u64, Option<Position>)> {
        let places = TOPICS.iter().flat_map(|topic| (0..EACH).map(move |index| ((*topic).to_owned(), index)));
        let ends = self.peek.clone().last((0..).zip(places).collect()).await.expect("they are there");
        ends.into_values().map(|end| (end.offset, end.position)).collect()
    }
}

fn event(position: Position) -> Envelope<Raw> {
    let stream = StreamId { kind: Kind::Room, id: Uuid::from_u128(7) };
    let (event_type, json, hash) = ("E".to_owned(), "{}".to_owned(), Hash([0; 32]));
    Envelope {
        position,
        stream,
        version: 1,
        event_id: EventId(Uuid::from_u128(u128::from(position))),
        recorded_at: Timestamp(0),
        actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
        payload: Raw { event_type, schema_version: 1, json, subject: stream.id, hash },
    }
}

#[tokio::test]
async fn the_last_record_of_each_partition_is_found() {
    let site = Site::new();
    site.ours("one", 0, 3).await;
    site.ours("one", 0, 5).await;
    site.ours("two", 0, 4).await;
    site.ours("two", 1, 6).await;
    let all = [(2, Some(5)), (0, None), (1, Some(4)), (1, Some(6))];
    assert_eq!(site.ends().await, all);
    assert_eq!(site.ends().await, all, "and again");
}

#[tokio::test]
async fn many_records_of_others_do_not_hide_it() {
    let site = Site::new();
    for position in 1..=3 {
        site.ours("one", 0, position).await;
    }
    site.foreign("one", 0, 5_000).await;
    site.foreign("one", 1, 100).await;
    site.ours("two", 1, 9).await;
    site.foreign("two", 1, 1).await;
    assert_eq!(site.ends().await, [(5_003, Some(3)), (100, None), (0, None), (2, Some(9))]);
}
