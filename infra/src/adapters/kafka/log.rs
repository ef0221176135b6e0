//! Reading the log from Kafka: every event once and in order, partition by partition, whatever the relay repeats and the brokers lose.

mod cursor;
mod fill;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::relay::Ends;
use domain::stored::Raw;
use domain::{Envelope, Kind, Position, StreamId, Version};
use projections::ports::{After, Batch, Checkpoint, Entry, Log, LogError, Partition};
use rdkafka::consumer::StreamConsumer;
use rdkafka::error::KafkaError;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use super::peek::{End, Peek, Place};
use super::{Group, KafkaUrl};
use crate::adapters::entries::{decoded, from_raw};
use crate::adapters::partitions::{Partitions, Topic, topic_of};
use crate::adapters::vault::KeyVault;
use crate::telemetry::Metrics;
use cursor::Cursor;

/// How long what is known of the ends is good for telling how far behind one is.
const FRESH: Duration = Duration::from_secs(1);

/// The event store behind the log: what the brokers do not have any more is read from it.
#[async_trait]
pub trait Stored: Send + Sync {
    /// At most `limit` events after `position`, in order.
    async fn raw_after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable>;

    /// At most `limit` events of `stream` after `version`, in order.
    async fn page(&self, stream: StreamId, version: Version, limit: u32) -> Result<Vec<Envelope<Raw>>, Unavailable>;

    /// The id of the event at `position`, and when it was recorded, in milliseconds.
    async fn mark_at(&self, position: Position) -> Result<Option<(Uuid, i64)>, Unavailable>;

    /// The position of the last event of each partition that the brokers are noted to have acknowledged.
    async fn relayed(&self) -> Result<Ends, Unavailable>;

    /// The position of the last event of each partition, as everything is appended by now.
    async fn ends(&self, partitions: Partitions) -> Result<Ends, Unavailable>;
}

/// One reader of the log, with a consumer of its own.
pub struct KafkaLog {
    reading: Reading,
    cursors: HashMap<Partition, Mutex<Cursor>>,
    peek: Arc<Peek>,
    ends: Mutex<Option<(Instant, HashMap<Partition, Checkpoint>)>>,
    group: parking_lot::Mutex<Option<Group>>,
    polling: JoinHandle<()>,
}

/// What every cursor reads with.
struct Reading {
    url: KafkaUrl,
    partitions: Partitions,
    consumer: Arc<StreamConsumer>,
    store: Arc<dyn Stored>,
    vault: Arc<KeyVault>,
    metrics: Metrics,
}

impl Drop for KafkaLog {
    fn drop(&mut self) {
        self.polling.abort();
    }
}

impl KafkaLog {
    /// Reads from the brokers at `url`; what they lack from `store`. Of a `group` it is told which partitions are its own; records that
    /// are not ours are counted in `metrics`.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn new(
        url: &KafkaUrl,
        partitions: Partitions,
        store: Arc<dyn Stored>,
        vault: Arc<KeyVault>,
        group: Option<Group>,
        metrics: Metrics,
    ) -> Result<Arc<Self>, KafkaError> {
        let mut config = url.config();
        config.set("group.id", "bigtech-chat-reader").set("enable.auto.commit", "false");
        config.set("auto.offset.reset", "error").set("enable.partition.eof", "false");
        // A record goes to whoever waits as soon as it is there; what is fetched ahead is bounded, partition by partition.
        config.set("fetch.wait.max.ms", "100").set("fetch.min.bytes", "1").set("fetch.error.backoff.ms", "100");
        config.set("queued.min.messages", "2000").set("queued.max.messages.kbytes", "4096");
        // And fetched again as soon as there is room: by itself librdkafka looks after a second, and whoever is behind waits for that.
        config.set("fetch.queue.backoff.ms", "10");
        let consumer: Arc<StreamConsumer> = Arc::new(config.create()?);
        let polling = tokio::spawn(poll(consumer.clone()));
        let cursors = partitions.all().into_iter().map(|partition| (partition, Mutex::default())).collect();
        let reading = Reading { url: url.clone(), partitions, consumer, store, vault, metrics };
        let peek = Arc::new(Peek::new(url)?);
        Ok(Arc::new(Self {
            reading,
            cursors,
            peek,
            ends: Mutex::default(),
            group: parking_lot::Mutex::new(group),
            polling,
        }))
    }

    /// The ends of all partitions. Whoever shares the work asks after every batch, to know how far behind it is: the store tells
    /// that at once, and with what has not been relayed yet.
    async fn look(&self) -> Result<HashMap<Partition, Checkpoint>, LogError> {
        if self.group.lock().is_some() {
            let ends = self.reading.appended().await?;
            let end = |partition| Checkpoint::behind(ends.get(&partition).copied().unwrap_or(0));
            return Ok(self.partitions().into_iter().map(|partition| (partition, end(partition))).collect());
        }
        // First: what was acknowledged by then lies below the offsets that the brokers tell.
        let relayed = self.reading.store.relayed().await;
        let places = self.reading.partitions.all().into_iter().filter_map(|partition| self.reading.place(partition));
        let ends = self.peek.clone().last(places.collect()).await.map_err(unavailable)?;
        let end = |(partition, end): (Partition, End)| {
            let relayed = || relayed.clone().map(|ends| ends.get(&partition).copied().unwrap_or(0));
            // Nothing of ours lies there any more, which does not mean that nothing ever did.
            let position = end.position.map_or_else(relayed, Ok)?;
            Ok((partition, Checkpoint { offset: end.offset, position, event_id: end.event_id }))
        };
        ends.into_iter().map(end).collect::<Result<_, _>>().map_err(unavailable)
    }
}

/// The queues of partitions are read elsewhere: here the client itself speaks.
async fn poll(consumer: Arc<StreamConsumer>) {
    loop {
        match consumer.recv().await {
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the brokers"),
        }
    }
}

impl Reading {
    async fn appended(&self) -> Result<Ends, LogError> {
        self.store.ends(self.partitions).await.map_err(unavailable)
    }

    fn place(&self, partition: Partition) -> Option<Place> {
        let (topic, index) = topic_of(partition)?;
        Some((partition, (self.url.topic(topic.name()), i32::try_from(index).ok()?)))
    }
}

fn unavailable(away: Unavailable) -> LogError {
    LogError::Unavailable(away.0)
}

#[async_trait]
impl Log for KafkaLog {
    fn partitions(&self) -> Vec<Partition> {
        self.reading.partitions.all()
    }

    fn assigned(&self) -> watch::Receiver<Vec<Partition>> {
        match &*self.group.lock() {
            Some(group) => group.assigned(),
            None => watch::Sender::new(self.partitions()).subscribe(),
        }
    }

    /// The offset is looked for by the time of the event there.
    fn above(&self, position: Position) -> Checkpoint {
        Checkpoint { offset: 0, position, event_id: None }
    }

    fn may_hold(&self, partition: Partition, stream: StreamId) -> bool {
        match (topic_of(partition), stream.kind) {
            (Some((topic, _)), Kind::ReadCursor) => topic == Topic::Message,
            // The key is the stream's own id.
            _ => self.reading.partitions.of(stream, stream.id) == partition,
        }
    }

    async fn leave(&self) {
        let group = self.group.lock().take();
        if let Some(group) = group {
            group.leave().await;
        }
    }

    async fn read(
        &self,
        partition: Partition,
        from: Checkpoint,
        limit: usize,
        wait: Duration,
    ) -> Result<Batch, LogError> {
        let cursor = self.cursors.get(&partition);
        let cursor = cursor.ok_or_else(|| LogError::Unavailable(format!("there is no partition {partition}")))?;
        let mut cursor = cursor.lock().await;
        let (events, end) = cursor.read(&self.reading, partition, from, limit, wait).await?;
        let is_empty = events.is_empty();
        let entries = decoded(&self.reading.vault, events).await?;
        cursor.settle(from, end, is_empty);
        Ok(Batch { entries: entries.into_iter().map(|one| one.entry).collect(), end })
    }

    /// From the store, whatever the brokers have: their partitions are not looked through for one stream.
    async fn of_stream(&self, partition: Partition, after: After, limit: usize) -> Result<Vec<Entry>, LogError> {
        let page = self.reading.store.page(after.stream, after.version, u32::try_from(limit).unwrap_or(u32::MAX)).await;
        let mut events = page.map_err(|away| LogError::Unavailable(away.0))?;
        events.retain(|event| self.reading.partitions.of(event.stream, event.payload.subject) == partition);
        let events = events.into_iter().map(from_raw).collect();
        Ok(decoded(&self.reading.vault, events).await?.into_iter().map(|one| one.entry).collect())
    }

    async fn end(&self, partition: Partition) -> Result<Checkpoint, LogError> {
        // Whoever asks wants what is there by now; those who ask together are told together.
        let oldest = if self.group.lock().is_some() { Instant::now() - FRESH } else { Instant::now() };
        let mut known = self.ends.lock().await;
        if known.as_ref().is_none_or(|(since, _)| *since < oldest) {
            *known = Some((Instant::now(), self.look().await?));
        }
        let end = known.as_ref().and_then(|(_, ends)| ends.get(&partition)).copied();
        end.ok_or_else(|| LogError::Unavailable(format!("there is no partition {partition}")))
    }

    async fn appended(&self, partition: Partition) -> Result<Position, LogError> {
        Ok(self.reading.appended().await?.get(&partition).copied().unwrap_or(0))
    }

    async fn holds(&self, checkpoint: Checkpoint) -> Result<bool, LogError> {
        let Some(event) = checkpoint.event_id else { return Ok(checkpoint.position == 0) };
        let found = self.reading.store.mark_at(checkpoint.position).await;
        let found = found.map_err(unavailable)?;
        Ok(found.is_some_and(|(id, _)| id == event.0))
    }
}
