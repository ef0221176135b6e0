//! Where one partition is read, and how it goes on from there.

use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use futures::FutureExt as _;
use projections::ports::{Checkpoint, LogError, Partition};
use rdkafka::consumer::stream_consumer::StreamPartitionQueue;
use rdkafka::consumer::{Consumer as _, DefaultConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message as _, Offset, TopicPartitionList};
use tokio::time::{Instant, timeout_at};

use super::Reading;
use super::fill::Hole;
use crate::adapters::entries::{Readable, from_raw};
use crate::adapters::kafka::record::{self, Record};
use crate::telemetry::Metrics;

/// How long the brokers may take to find an offset by its time.
const PATIENCE: Duration = Duration::from_secs(5);

type Queue = StreamPartitionQueue<DefaultConsumerContext>;

/// One partition's reading.
#[derive(Default)]
pub(super) struct Cursor {
    queue: Option<Queue>,
    /// What whoever reads on is expected to come with; nothing while a reading is under way, or was broken off.
    at: Option<Checkpoint>,
    /// Or with this, from where on nothing of ours lay up to there: whoever keeps checkpoints keeps none for what gave them nothing.
    barren: Option<Checkpoint>,
    /// What is missing before the record that was met.
    hole: Option<Box<Hole>>,
}

/// What one reading has come to.
struct Progress<'r> {
    events: Vec<Readable>,
    end: Checkpoint,
    metrics: &'r Metrics,
}

/// What a message leads to.
enum Met {
    /// It was seen, or is not ours.
    Nothing,
    Taken,
    /// Events before it are missing.
    Missing(Box<Hole>),
    /// Its offset is gone: the partition is read from its beginning.
    Gone,
}

impl Cursor {
    /// At most about `limit` events after `from`; waits up to `wait` for the first.
    pub(super) async fn read(
        &mut self,
        reading: &Reading,
        partition: Partition,
        from: Checkpoint,
        limit: usize,
        wait: Duration,
    ) -> Result<(Vec<Readable>, Checkpoint), LogError> {
        let end = match self.at.filter(|at| *at == from || self.barren == Some(from)) {
            Some(at) => at,
            None => self.begin_anew(reading, partition, from).await?,
        };
        // Only now: to find an offset by its time may take longer than an event is waited for.
        let until = Instant::now() + wait;
        let mut progress = Progress { events: vec![], end, metrics: &reading.metrics };
        while progress.events.len() < limit {
            if let Some(hole) = &mut self.hole {
                self.at = None;
                let filled = hole.fill(reading, partition, limit, &mut progress.end).await?;
                progress.events.extend(filled);
                if hole.is_filled() {
                    self.hole = None;
                }
                continue;
            }
            let Some(queue) = &self.queue else { break };
            let message = match progress.events.is_empty() {
                // What is there is taken whatever the wait is.
                true => match queue.recv().now_or_never() {
                    Some(message) => Some(message),
                    None => timeout_at(until, queue.recv()).await.ok(),
                },
                false => queue.recv().now_or_never(),
            };
            let Some(message) = message else { break };
            // From here on a reading that is broken off has lost something: the next one begins anew.
            self.at = None;
            match progress.meet(message)? {
                Met::Nothing | Met::Taken => {}
                Met::Missing(hole) => self.hole = Some(hole),
                Met::Gone => self.assign(reading, partition, Offset::Beginning)?,
            }
        }
        Ok((progress.events, progress.end))
    }

    /// What was read after `from` has been given out: whoever reads on comes with `end`, or with `from` again if that was nothing.
    pub(super) fn settle(&mut self, from: Checkpoint, end: Checkpoint, is_empty: bool) {
        self.at = Some(end);
        self.barren = is_empty.then_some(from);
    }

    async fn begin_anew(
        &mut self,
        reading: &Reading,
        partition: Partition,
        from: Checkpoint,
    ) -> Result<Checkpoint, LogError> {
        (self.at, self.hole) = (None, None);
        self.begin(reading, partition, from).await?;
        self.at = Some(from);
        Ok(from)
    }

    async fn begin(&mut self, reading: &Reading, partition: Partition, from: Checkpoint) -> Result<(), LogError> {
        let offset = match from {
            Checkpoint { offset: 0, position: 0, .. } => Offset::Beginning,
            Checkpoint { offset: 0, position, .. } => by_time(reading, partition, position).await?,
            Checkpoint { offset, .. } => Offset::Offset(offset.cast_signed()),
        };
        self.assign(reading, partition, offset)
    }

    fn assign(&mut self, reading: &Reading, partition: Partition, offset: Offset) -> Result<(), LogError> {
        let Some((_, (topic, index))) = reading.place(partition) else { return Ok(()) };
        let list = |offset| {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(&topic, index, offset).map(|()| list)
        };
        if self.queue.take().is_some() {
            reading.consumer.incremental_unassign(&list(Offset::Invalid).map_err(away)?).map_err(away)?;
        }
        let queue = reading.consumer.split_partition_queue(&topic, index);
        reading.consumer.incremental_assign(&list(offset).map_err(away)?).map_err(away)?;
        self.queue = queue.or_else(|| reading.consumer.split_partition_queue(&topic, index));
        Ok(())
    }
}

impl Progress<'_> {
    fn meet(&mut self, message: Result<BorrowedMessage<'_>, KafkaError>) -> Result<Met, LogError> {
        let message = match message {
            Ok(message) => message,
            Err(KafkaError::MessageConsumption(
                RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange,
            )) => {
                tracing::warn!(
                    position = self.end.position,
                    "the brokers do not have this offset: reading from their beginning"
                );
                return Ok(Met::Gone);
            }
            Err(error) => return Err(away(error)),
        };
        let next = message.offset().cast_unsigned() + 1;
        let Record { event, after } = match record::decode(&message) {
            Ok(record) => record,
            Err(foreign) => {
                let (topic, partition) = (message.topic(), message.partition());
                tracing::error!(
                    topic,
                    partition,
                    offset = message.offset(),
                    reason = %foreign,
                    "a record is skipped: find out who else writes to this topic, which only the relay may"
                );
                self.metrics.skipped(topic);
                self.end.offset = next;
                return Ok(Met::Nothing);
            }
        };
        if event.position <= self.end.position {
            self.end.offset = next;
            return Ok(Met::Nothing);
        }
        if after > self.end.position {
            return Ok(Met::Missing(Box::new(Hole::before(event, next, self.end.position))));
        }
        self.end = Checkpoint { offset: next, position: event.position, event_id: Some(event.event_id) };
        self.events.push(from_raw(event));
        Ok(Met::Taken)
    }
}

/// The offset at which everything after `position` is still to come: records carry the times of their events, which never go back.
async fn by_time(reading: &Reading, partition: Partition, position: Position) -> Result<Offset, LogError> {
    let mark = reading.store.mark_at(position).await.map_err(|away| LogError::Unavailable(away.0))?;
    let Some((_, time)) = mark else { return Err(LogError::Rewritten(position)) };
    let Some((_, (topic, index))) = reading.place(partition) else { return Ok(Offset::Beginning) };
    let consumer = Arc::clone(&reading.consumer);
    let asking = tokio::task::spawn_blocking(move || {
        // First: where nothing is that late, what comes between the two questions is still to be read.
        let (_, end) = consumer.fetch_watermarks(&topic, index, PATIENCE)?;
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&topic, index, Offset::Offset(time))?;
        let found = consumer.offsets_for_times(list, PATIENCE)?;
        Ok::<_, KafkaError>(
            match found.elements().first().map(rdkafka::topic_partition_list::TopicPartitionListElem::offset) {
                Some(offset @ Offset::Offset(_)) => offset,
                Some(Offset::End) => Offset::Offset(end),
                _ => Offset::Beginning,
            },
        )
    });
    asking.await.map_err(|error| LogError::Unavailable(error.to_string()))?.map_err(away)
}

fn away(error: KafkaError) -> LogError {
    LogError::Unavailable(format!("the brokers: {error}"))
}
