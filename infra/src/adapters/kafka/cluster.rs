//! Which brokers belong to an event store: another cluster, or other partitions, would break the order of what is there.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};

use super::KafkaUrl;
use crate::adapters::identity::Remembers;
use crate::adapters::opening::NotYet;

const PATIENCE: Duration = Duration::from_secs(5);
/// What a store remembers of its brokers.
pub(in crate::adapters) const CLUSTER: &str = "kafka";
pub(in crate::adapters) const TOPICS: &str = "topics";

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Ties the brokers at `url`, with so many partitions a topic, to `store`; or checks that they are those which it knows.
///
/// # Errors
/// They are others, or one of both is away.
pub async fn tie(store: &dyn Remembers, url: &KafkaUrl, partitions: u32) -> Result<(), Failure> {
    let found = cluster(url).await?;
    let known = remembered(store, CLUSTER, &found).await?;
    if known != found {
        return Err(format!(
            "event_log: this event store feeds the Kafka cluster {known}, and this is {found}: name the brokers of that one, or run \
             `bigtech-chat adopt`"
        )
        .into());
    }
    let known = remembered(store, "partitions", &partitions.to_string()).await?;
    if known != partitions.to_string() {
        return Err(format!(
            "partitions: this event store feeds topics of {known} partitions each, not {partitions}: set it to {known}"
        )
        .into());
    }
    Ok(())
}

/// The name that the cluster at `url` gave itself.
///
/// # Errors
/// It is away.
pub async fn cluster(url: &KafkaUrl) -> Result<String, Failure> {
    let config = url.config();
    let asking = tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer = config.create()?;
        consumer.fetch_metadata(Some("any"), PATIENCE)?;
        Ok::<_, rdkafka::error::KafkaError>(consumer.client().fetch_cluster_id(PATIENCE))
    });
    Ok(asking.await??.ok_or_else(|| NotYet("the brokers do not say which cluster they are".to_owned()))?)
}

/// The generation of the topics that `store` feeds: the first, until it was adopted.
///
/// # Errors
/// The store is away.
pub async fn generation(store: &dyn Remembers) -> Result<u32, Failure> {
    match store.recall(TOPICS).await.map_err(NotYet::from)? {
        Some(known) => Ok(std::str::from_utf8(&known)?.parse()?),
        None => Ok(1),
    }
}

async fn remembered(store: &dyn Remembers, name: &str, value: &str) -> Result<String, Failure> {
    let known = store.remember(name, value.as_bytes()).await.map_err(NotYet::from)?;
    Ok(String::from_utf8(known)?)
}
