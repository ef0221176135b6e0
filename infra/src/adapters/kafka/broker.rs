//! Sending: one idempotent producer, which never reorders and never gives up on its own.

use std::sync::Arc;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::relay::{Broker, Ends, Outgoing, Partition};
use domain::Envelope;
use domain::stored::Raw;
use futures::future::{BoxFuture, try_join_all};
use parking_lot::Mutex;
use rdkafka::ClientContext;
use rdkafka::client::DefaultClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::peek::Peek;
use super::{KafkaUrl, record, topics};
use crate::adapters::partitions::{Partitions, index_of, topic_of};

/// From the partitions of the log on: those of the copies for others.
const COPIES: Partition = 100_000;

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

    /// The topic of a partition and its index there.
    fn place(&self, partition: Partition) -> (String, i32) {
        let (name, index) = match topic_of(partition) {
            Some((topic, index)) => (topic.name(), index),
            None => (topics::COPIES, partition - COPIES),
        };
        (self.url.topic(name), i32::try_from(index).unwrap_or(0))
    }

    fn all(&self) -> impl Iterator<Item = Partition> {
        Partitions::Topics(self.each).all().into_iter().chain((0..self.each).map(|index| COPIES + index))
    }
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
    config.set("message.timeout.ms", "0").set("compression.type", "lz4");
    // A record that is alone does not wait for others: those that come meanwhile are sent together anyway.
    config.set("linger.ms", "0").set("batch.num.messages", "2000");
    config.set("queue.buffering.max.messages", "100000").set("queue.buffering.max.kbytes", "262144");
    config.create_with_context(Quiet)
}

#[async_trait]
impl Broker for KafkaBroker {
    fn partitions_of(&self, event: &Envelope<Raw>) -> Vec<Partition> {
        let subject = event.payload.subject;
        let mut partitions = vec![Partitions::Topics(self.each).of(event.stream, subject)];
        if record::is_copied(event.stream, subject) {
            partitions.push(COPIES + index_of(event.stream.id, self.each));
        }
        partitions
    }

    async fn ends(&self) -> Result<Ends, Unavailable> {
        let places: Vec<_> = self.all().map(|partition| (partition, self.place(partition))).collect();
        let last = self.peek.clone().last(places).await?;
        Ok(last.into_iter().filter_map(|(partition, end)| Some((partition, end.position?))).collect())
    }

    fn send(&self, records: Vec<Outgoing>) -> BoxFuture<'static, Result<(), Unavailable>> {
        let producer = self.producer.lock().clone();
        let mut acknowledgements = Vec::with_capacity(records.len());
        for Outgoing { partition, after, event } in records {
            let (topic, index) = self.place(partition);
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
