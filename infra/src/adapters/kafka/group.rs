//! Sharing the partitions among the workers of a group. The group only assigns: it reads nothing, and where a worker goes on is for
//! its read model to say.
//!
//! The classic protocol, cooperative-sticky: with the newer one the time after which a silent worker is given up is the brokers' (45 s
//! unless they are told otherwise), with this one it is ours.

use std::collections::BTreeSet;
use std::time::Duration;

use projections::ports::Partition;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::{ClientContext, TopicPartitionList};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::KafkaUrl;
use crate::adapters::partitions::{Topic, number};

/// How long giving up partitions may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// How often it is looked whether the place is still this worker's.
const LOOK: Duration = Duration::from_secs(1);
/// How long the last word to the group may take.
const AFTERWARDS: Duration = Duration::from_millis(200);

/// One worker's membership; it leaves when this is dropped.
pub struct Group {
    assigned: watch::Receiver<Vec<Partition>>,
    leaving: watch::Sender<bool>,
    polling: JoinHandle<()>,
}

impl Drop for Group {
    fn drop(&mut self) {
        self.polling.abort();
    }
}

impl Group {
    /// Joins the group `name`. A worker with an `instance` name of its own takes the place of the one that had it before, at once.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn join(url: &KafkaUrl, name: &str, instance: Option<&str>) -> KafkaResult<Self> {
        let told = watch::Sender::default();
        let (assigned, leaving) = (told.subscribe(), watch::Sender::new(false));
        let seat = Seat { url: url.clone(), name: name.to_owned(), instance: instance.map(str::to_owned), told };
        let consumer = seat.take()?;
        let polling = tokio::spawn(seat.hold(consumer, leaving.subscribe()));
        Ok(Self { assigned, leaving, polling })
    }

    /// Leaves: what is this worker's is shared out among the others at once.
    pub async fn leave(mut self) {
        self.leaving.send_replace(true);
        // The consumer goes with its task, and says goodbye to the group then.
        (&mut self.polling).await.ok();
    }

    /// The partitions that are this worker's, as they change.
    #[must_use]
    pub fn assigned(&self) -> watch::Receiver<Vec<Partition>> {
        self.assigned.clone()
    }
}

/// A worker's place in a group.
struct Seat {
    url: KafkaUrl,
    name: String,
    instance: Option<String>,
    told: watch::Sender<Vec<Partition>>,
}

impl Seat {
    fn take(&self) -> KafkaResult<StreamConsumer<Member>> {
        let mut config = self.url.config();
        config.set("group.id", self.url.topic(&self.name)).set("enable.auto.commit", "false");
        config.set("partition.assignment.strategy", "cooperative-sticky");
        config.set("session.timeout.ms", "6000").set("heartbeat.interval.ms", "1500");
        // Nobody works between two polls. A joining whose answer is lost is waited for as long as this, and three seconds.
        config.set("max.poll.interval.ms", "8000");
        if let Some(instance) = &self.instance {
            config.set("group.instance.id", instance);
        }
        let topics: Vec<_> = Topic::ALL.into_iter().map(|topic| (self.url.topic(topic.name()), topic)).collect();
        let names: Vec<_> = topics.iter().map(|(name, _)| name.as_str()).collect();
        let member = Member { topics: topics.clone(), told: self.told.clone() };
        let consumer: StreamConsumer<Member> = config.create_with_context(member)?;
        consumer.subscribe(&names)?;
        Ok(consumer)
    }

    /// Holds the place until it is to leave. Nothing is read: polling lets the group's own calls happen.
    async fn hold(mut self, mut consumer: StreamConsumer<Member>, mut leaving: watch::Receiver<bool>) {
        loop {
            let leaves = async { leaving.wait_for(|leaving| *leaving).await.map(drop) };
            let is_over = tokio::select! {
                said = timeout(LOOK, consumer.recv()) => {
                    if let Ok(Err(error)) = said {
                        tracing::debug!(%error, "a consumer group says");
                    }
                    false
                }
                _ = leaves => true,
            };
            if is_over {
                return self.leave(&consumer).await;
            }
            if let Some((_, reason)) = consumer.client().fatal_error() {
                consumer = self.take_again(consumer, &reason).await;
            }
        }
    }

    /// After a silence the brokers may carry out a joining that was given up long ago, and take this worker for another with its
    /// name. Without the name there is no such quarrel, whoever the other is.
    async fn take_again(&mut self, lost: StreamConsumer<Member>, reason: &str) -> StreamConsumer<Member> {
        tracing::warn!(reason, group = self.name, "the place in the group is lost: joining again, without a name");
        self.instance = None;
        self.told.send_modify(Vec::clear);
        tokio::task::spawn_blocking(move || drop(lost));
        loop {
            match self.take() {
                Ok(consumer) => return consumer,
                Err(error) => tracing::warn!(%error, group = self.name, "the group can not be joined"),
            }
            sleep(LOOK).await;
        }
    }

    /// A worker with a name says nothing when it ends, so that it finds its place again when it is back within the time after which
    /// silent ones are given up. One that leaves for good has to give up what it is subscribed to.
    async fn leave(&self, consumer: &StreamConsumer<Member>) {
        if self.instance.is_none() {
            return;
        }
        consumer.unsubscribe();
        let mut assigned = self.told.subscribe();
        let given_up = async {
            tokio::select! {
                _ = assigned.wait_for(Vec::is_empty) => {}
                () = polled(consumer) => {}
            }
            // The goodbye follows the last partition, unseen from here. If it comes too late, the others wait for the time to pass.
            timeout(AFTERWARDS, polled(consumer)).await.ok();
        };
        timeout(GOODBYE, given_up).await.ok();
    }
}

/// Lets the group's own calls happen, for ever.
async fn polled(consumer: &StreamConsumer<Member>) {
    loop {
        consumer.recv().await.ok();
    }
}

/// Who is told of what is assigned.
struct Member {
    topics: Vec<(String, Topic)>,
    told: watch::Sender<Vec<Partition>>,
}

impl Member {
    fn numbers(&self, list: &TopicPartitionList) -> BTreeSet<Partition> {
        let number_of = |topic: &str, index: i32| {
            let (_, topic) = self.topics.iter().find(|(name, _)| name == topic)?;
            Some(number(*topic, u32::try_from(index).ok()?))
        };
        list.elements().iter().filter_map(|element| number_of(element.topic(), element.partition())).collect()
    }
}

impl ClientContext for Member {}

impl ConsumerContext for Member {
    /// Before they are anybody else's.
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(list) = rebalance {
            let gone = self.numbers(list);
            self.told.send_modify(|held| held.retain(|partition| !gone.contains(partition)));
            tracing::info!(?gone, "partitions go to other workers");
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => {
                consumer.pause(list).ok();
                let come = self.numbers(list);
                tracing::info!(?come, "partitions come to this worker");
                self.told.send_modify(|held| {
                    let all: BTreeSet<_> = held.iter().copied().chain(come).collect();
                    *held = all.into_iter().collect();
                });
            }
            Rebalance::Revoke(_) => {}
            Rebalance::Error(error) => tracing::warn!(%error, "the partitions could not be shared out"),
        }
    }
}
