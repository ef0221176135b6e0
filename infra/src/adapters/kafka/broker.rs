//! Sending: one idempotent producer, which never reorders and never gives up on its own.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::relay::{Broker, Lasts, Outgoing, Partition};
use domain::stored::Raw;
use domain::{Envelope, StreamId};
use futures::future::{BoxFuture, try_join_all};
use parking_lot::Mutex;
use rdkafka::ClientContext;
use rdkafka::client::DefaultClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord};

use uuid::Uuid;

use super::peek::{Peek, Place};
use super::{KafkaUrl, record, topics};
use crate::adapters::partitions::{Partitions, index_of, topic_of};
use crate::telemetry::spans;

/// From the partitions of the log on: those of the copies for others.
const COPIES: Partition = 100_000;

/// What the URL may say otherwise. A record that is alone does not wait for others, and those that come while it is under way go together:
/// a broker answers the requests of a connection one after the other, so what would be sent beside it only makes smaller batches (measured
/// when catching up with three brokers: 10,600 and 12,000 events/s with five requests under way, 21,700 with one).
const UNLESS_SET: [(&str, &str); 6] = [
    ("compression.type", "lz4"),
    ("linger.ms", "0"),
    ("max.in.flight.requests.per.connection", "1"),
    ("batch.num.messages", "2000"),
    ("queue.buffering.max.messages", "100000"),
    ("queue.buffering.max.kbytes", "262144"),
];

/// The brokers, as the relay sends to them.
pub struct KafkaBroker {
    url: KafkaUrl,
    each: u32,
    producer: Mutex<Arc<FutureProducer<Quiet>>>,
    peek: Arc<Peek>,
}

impl KafkaBroker {
    /// Sends to the brokers at `url`, whose topics have so many partitions each.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn new(url: &KafkaUrl, each: u32) -> Result<Self, KafkaError> {
        let producer = Mutex::new(Arc::new(producer(url)?));
        Ok(Self { url: url.clone(), each, producer, peek: Arc::new(Peek::new(url)?) })
    }
}

/// The partitions to which an event of `stream` about `subject` goes, of topics with so many partitions each.
pub(in crate::adapters) fn destinations(each: u32, stream: StreamId, subject: Uuid) -> Vec<Partition> {
    let mut partitions = vec![Partitions::Topics(each).of(stream, subject)];
    if record::is_copied(stream, subject) {
        partitions.push(COPIES + index_of(stream.id, each));
    }
    partitions
}

/// The topic of a partition and its index there.
fn place(url: &KafkaUrl, partition: Partition) -> (String, i32) {
    let (name, index) = match topic_of(partition) {
        Some((topic, index)) => (topic.name(), index),
        None => (topics::COPIES, partition - COPIES),
    };
    (url.topic(name), i32::try_from(index).unwrap_or(0))
}

/// Where everything goes that is sent.
pub(super) fn places(url: &KafkaUrl, each: u32) -> impl Iterator<Item = Place> {
    let copies = (0..each).map(|index| COPIES + index);
    let all = Partitions::Topics(each).all().into_iter().chain(copies);
    all.map(|partition| (partition, place(url, partition)))
}

/// Logs what librdkafka says, but not that the gapless guarantee is experimental: it is wanted as it is.
#[derive(Clone)]
struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility != "CONFWARN" || !message.contains("enable.gapless.guarantee") {
            DefaultClientContext.log(level, facility, message);
        }
    }
}

fn producer(url: &KafkaUrl) -> Result<FutureProducer<Quiet>, KafkaError> {
    let mut config = url.config();
    config.set("enable.idempotence", "true").set("enable.gapless.guarantee", "true").set("acks", "all");
    config.set("message.timeout.ms", "0");
    for (name, value) in UNLESS_SET {
        if config.get(name).is_none() {
            config.set(name, value);
        }
    }
    config.create_with_context(Quiet)
}

#[async_trait]
impl Broker for KafkaBroker {
    fn partitions_of(&self, event: &Envelope<Raw>) -> Vec<Partition> {
        destinations(self.each, event.stream, event.payload.subject)
    }

    async fn lasts(&self) -> Result<Lasts, Unavailable> {
        let ends = self.peek.clone().last(places(&self.url, self.each).collect()).await?;
        Ok(ends.into_iter().filter_map(|(partition, end)| Some((partition, (end.position?, end.event_id?)))).collect())
    }

    fn send(&self, records: Vec<Outgoing>) -> BoxFuture<'static, Result<(), Unavailable>> {
        let producer = self.producer.lock().clone();
        let mut acknowledgements = Vec::with_capacity(records.len());
        let told: Vec<_> =
            if spans::are_told() { records.iter().map(|record| record.event.clone()).collect() } else { vec![] };
        let began = Instant::now();
        for Outgoing { partition, after, event } in records {
            let (topic, index) = place(&self.url, partition);
            let key = domain::event::key(event.stream, event.payload.subject).to_string();
            let record = FutureRecord::to(&topic).partition(index).key(&key).payload(&event.payload.json);
            let record = record.timestamp(event.recorded_at.0).headers(record::encode(&event, after));
            match producer.send_result(record) {
                Ok(acknowledgement) => acknowledgements.push(acknowledgement),
                Err((error, _)) => return Box::pin(std::future::ready(Err(away(&error)))),
            }
        }
        Box::pin(async move {
            let all = acknowledgements.into_iter().map(async |acknowledgement| match acknowledgement.await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err((error, _))) => Err(away(&error)),
                Err(_) => Err(Unavailable("the producer was given up".to_owned())),
            });
            try_join_all(all).await?;
            drop(producer);
            told.iter()
                .for_each(|event| spans::done("relay", "producer", event.event_id, &event.actor, began.elapsed()));
            Ok(())
        })
    }

    async fn renew(&self) -> Result<(), Unavailable> {
        let url = self.url.clone();
        // What the old one has not sent is purged when it is dropped, which takes a moment.
        let made = tokio::task::spawn_blocking(move || producer(&url)).await;
        let made = made.map_err(|error| Unavailable(error.to_string()))?.map_err(|error| away(&error))?;
        let old = std::mem::replace(&mut *self.producer.lock(), Arc::new(made));
        tokio::task::spawn_blocking(move || drop(old));
        Ok(())
    }
}

fn away(error: &KafkaError) -> Unavailable {
    Unavailable(format!("the brokers: {error}"))
}
