//! Looking at the last record of partitions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_side::ports::Unavailable;
use domain::{EventId, Position};
use parking_lot::Mutex;
use projections::ports::Partition;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
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

/// A consumer for this alone.
pub(super) struct Peek {
    config: ClientConfig,
    consumer: Mutex<BaseConsumer>,
}

/// A partition, its topic's name and its index there.
pub(super) type Place = (Partition, (String, i32));

impl Peek {
    pub(super) fn new(url: &KafkaUrl) -> KafkaResult<Self> {
        let mut config = url.config();
        config.set("enable.auto.commit", "false").set("group.id", "bigtech-chat-peek");
        config.set("auto.offset.reset", "error").set("fetch.wait.max.ms", "10").set("queued.min.messages", "1");
        let consumer = Mutex::new(config.create()?);
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
            *consumer = self.config.create()?;
        }
        looked
    }

    fn look_with(consumer: &BaseConsumer, places: &[Place]) -> KafkaResult<BTreeMap<Partition, End>> {
        let (mut ends, mut left) = (BTreeMap::new(), vec![]);
        for (partition, (topic, index)) in places {
            let (low, high) = consumer.fetch_watermarks(topic, *index, PATIENCE)?;
            ends.insert(*partition, End { offset: high.cast_unsigned(), ..End::default() });
            if high > low {
                left.push(Left { partition: *partition, topic, index: *index, low, at: high - 1 });
            }
        }
        let until = Instant::now() + ALL_IN_ALL;
        let read = Self::read(consumer, &mut ends, left, until);
        consumer.unassign()?;
        read.map(|()| ends)
    }

    /// Reads the last records; where one is not ours, the one before it.
    fn read(
        consumer: &BaseConsumer,
        ends: &mut BTreeMap<Partition, End>,
        mut left: Vec<Left<'_>>,
        until: Instant,
    ) -> KafkaResult<()> {
        while !left.is_empty() {
            let mut list = TopicPartitionList::new();
            for one in &left {
                list.add_partition_offset(one.topic, one.index, Offset::Offset(one.at))?;
            }
            consumer.assign(&list)?;
            let mut before = vec![];
            while !left.is_empty() {
                if Instant::now() > until {
                    return Err(KafkaError::Canceled);
                }
                let message = match consumer.poll(Duration::from_millis(100)) {
                    Some(Err(error)) if !is_passing(&error) => return Err(error),
                    None | Some(Err(_)) => continue,
                    Some(Ok(message)) => message,
                };
                let is_it = |one: &Left<'_>| {
                    one.topic == message.topic() && one.index == message.partition() && one.at == message.offset()
                };
                let Some(found) = left.iter().position(is_it) else { continue };
                let one = left.swap_remove(found);
                match record::decode(&message) {
                    Ok(record) => {
                        let end = ends.entry(one.partition).or_default();
                        end.position = Some(record.event.position);
                        end.event_id = Some(record.event.event_id);
                    }
                    Err(_) if one.at > one.low => before.push(Left { at: one.at - 1, ..one }),
                    Err(_) => {}
                }
            }
            left = before;
        }
        Ok(())
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

/// A partition whose last record is looked for.
struct Left<'p> {
    partition: Partition,
    topic: &'p str,
    index: i32,
    low: i64,
    at: i64,
}
