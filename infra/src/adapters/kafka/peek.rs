//! Looking at the last record of partitions.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_side::ports::Unavailable;
use domain::{EventId, Position};
use parking_lot::Mutex;
use projections::ports::Partition;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};

use super::{KafkaUrl, record};

/// How long the brokers may take for each question.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long all of it may take.
const ALL_IN_ALL: Duration = Duration::from_secs(15);

/// The end of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    /// The offset that the next record will have.
    pub(super) offset: u64,
    /// The position of the last record of ours, and its event; nothing when there is none.
    pub(super) position: Option<Position>,
    pub(super) event_id: Option<EventId>,
}

/// Logs no errors: that a partition is at its end is one, and whatever else goes wrong is told to whoever looks.
struct Silent;

impl ClientContext for Silent {
    fn error(&self, _: KafkaError, _: &str) {}
}

impl ConsumerContext for Silent {}

/// A consumer for this alone.
pub(super) struct Peek {
    config: ClientConfig,
    consumer: Mutex<BaseConsumer<Silent>>,
}

/// A partition, its topic's name and its index there.
pub(super) type Place = (Partition, (String, i32));

impl Peek {
    pub(super) fn new(url: &KafkaUrl) -> KafkaResult<Self> {
        let mut config = url.config();
        config.set("enable.auto.commit", "false").set("group.id", "bigtech-chat-peek");
        config.set("auto.offset.reset", "error").set("fetch.wait.max.ms", "10").set("queued.min.messages", "1");
        // Of a partition that has given its record nothing more is asked for so long, and the end behind it may be what is waited for: with
        // the usual second a relay that begins, or whoever asks where the log ends, took one to four of them.
        config.set("fetch.queue.backoff.ms", "10");
        // Transactions end with something that is no record, and is not given out.
        config.set("enable.partition.eof", "true");
        let consumer = Mutex::new(config.create_with_context(Silent)?);
        Ok(Self { config, consumer })
    }

    /// The ends of these partitions.
    pub(super) async fn last(self: Arc<Self>, places: Vec<Place>) -> Result<BTreeMap<Partition, End>, Unavailable> {
        let looking = tokio::task::spawn_blocking(move || self.look(&places));
        let looked = looking.await.map_err(|error| Unavailable(error.to_string()))?;
        looked.map_err(|error| Unavailable(format!("the brokers: {error}")))
    }

    fn look(&self, places: &[Place]) -> KafkaResult<BTreeMap<Partition, End>> {
        let mut consumer = self.consumer.lock();
        let looked = Self::look_with(&consumer, places);
        if looked.as_ref().err().is_some_and(is_of_old_metadata) {
            *consumer = self.config.create_with_context(Silent)?;
        }
        looked
    }

    fn look_with(consumer: &BaseConsumer<Silent>, places: &[Place]) -> KafkaResult<BTreeMap<Partition, End>> {
        let (mut ends, mut windows) = (BTreeMap::new(), vec![]);
        for (partition, (topic, index)) in places {
            let (low, high) = consumer.fetch_watermarks(topic, *index, PATIENCE)?;
            ends.insert(*partition, End { offset: high.cast_unsigned(), ..End::default() });
            windows.extend(Window::last(*partition, topic, *index, (low, high)));
        }
        let until = Instant::now() + ALL_IN_ALL;
        // One topic after the other: that a partition was read to its end is said with its index only.
        let read = windows.chunk_by(|one, other| one.topic == other.topic).try_for_each(|windows| {
            let mut windows = windows.to_vec();
            while !windows.is_empty() {
                let read = Self::read(consumer, windows, until)?;
                ends.extend(read.iter().filter_map(|window| Some((window.partition, window.found?))));
                windows = read.into_iter().filter_map(Window::before).collect();
            }
            Ok(())
        });
        consumer.unassign()?;
        read.map(|()| ends)
    }

    /// Reads through the windows, of one topic, each up to its end.
    fn read<'p>(
        consumer: &BaseConsumer<Silent>,
        mut windows: Vec<Window<'p>>,
        until: Instant,
    ) -> KafkaResult<Vec<Window<'p>>> {
        let mut list = TopicPartitionList::new();
        for window in &windows {
            list.add_partition_offset(window.topic, window.index, Offset::Offset(window.from))?;
        }
        consumer.assign(&list)?;
        while windows.iter().any(|window| !window.is_read) {
            if Instant::now() > until {
                return Err(KafkaError::Canceled);
            }
            match consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => windows.iter_mut().for_each(|window| window.meet(&message)),
                Some(Err(KafkaError::PartitionEOF(index))) => {
                    windows.iter_mut().filter(|window| window.index == index).for_each(|window| window.is_read = true);
                }
                Some(Err(error)) if !is_passing(&error) => return Err(error),
                None | Some(Err(_)) => {}
            }
        }
        Ok(windows)
    }
}

/// What a broker that has just started says of topics, it may not know yet itself; and a client that only asks for offsets believes
/// it for a quarter of an hour (`metadata.max.age.ms`), because it never reads from there. A new one asks anew.
fn is_of_old_metadata(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{NotLeaderForPartition, UnknownPartition, UnknownTopic, UnknownTopicOrPartition};
    let codes = [NotLeaderForPartition, UnknownPartition, UnknownTopic, UnknownTopicOrPartition];
    error.rdkafka_error_code().is_some_and(|code| codes.contains(&code))
}

/// What is said of connections, and not of what is read: the client makes them again by itself. Such words wait in its queue until
/// somebody looks: after an outage there are hundreds, and a look that ended with each of them would not get to the records for minutes.
fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure, OperationTimedOut, Resolve};
    let codes = [AllBrokersDown, BrokerTransportFailure, OperationTimedOut, Resolve];
    error.rdkafka_error_code().is_some_and(|code| codes.contains(&code))
}

/// A part of a partition in which the last record of ours is looked for.
#[derive(Clone)]
struct Window<'p> {
    partition: Partition,
    topic: &'p str,
    index: i32,
    /// Where the partition begins, and where it ends.
    low: i64,
    high: i64,
    /// The offset of its first record, and the one behind its last.
    from: i64,
    to: i64,
    is_read: bool,
    found: Option<End>,
}

impl<'p> Window<'p> {
    /// The last record, if there is one.
    fn last(partition: Partition, topic: &'p str, index: i32, (low, high): (i64, i64)) -> Option<Self> {
        let last = Self { partition, topic, index, low, high, from: high - 1, to: high, is_read: false, found: None };
        (low < high).then_some(last)
    }

    /// What lies before it, twice as much: records of others, or offsets without any, may be many. None when something was found.
    fn before(self) -> Option<Self> {
        let size = 2 * (self.to - self.from);
        let (from, to) = (self.low.max(self.from - size), self.from);
        (self.found.is_none() && from < to).then_some(Self { from, to, is_read: false, ..self })
    }

    fn meet(&mut self, message: &BorrowedMessage<'_>) {
        let offset = message.offset();
        if message.partition() != self.index || message.topic() != self.topic || offset < self.from {
            return;
        }
        if offset < self.to
            && let Ok(record) = record::decode(message)
        {
            let (position, event_id) = (Some(record.event.position), Some(record.event.event_id));
            self.found = Some(End { offset: self.high.cast_unsigned(), position, event_id });
        }
        // What was there last may be no record: then it is the next one that tells, or the end.
        self.is_read |= offset >= self.to - 1;
    }
}
