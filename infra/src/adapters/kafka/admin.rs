//! Topics: made when they are missing, and never bent to what is there.

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;

use super::KafkaUrl;
use crate::adapters::opening::NotYet;
use crate::adapters::partitions::Topic;

/// How long the brokers may take.
const PATIENCE: Duration = Duration::from_secs(10);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Copies for others, and what is not of the log.
const OTHERS: [(&str, &str); 3] =
    [("chat.events", "delete"), ("notification.events", "delete"), ("user.online_status", "compact")];

/// All topics, and what becomes of their old records.
fn topics() -> impl Iterator<Item = (&'static str, &'static str)> {
    Topic::ALL.into_iter().map(|topic| (topic.name(), "delete")).chain(OTHERS)
}

/// Makes the topics that are missing, of so many `partitions`; refuses those that have another number.
///
/// # Errors
/// The brokers are away or refuse, or a topic has another number of partitions.
pub async fn ensure(url: &KafkaUrl, partitions: u32) -> Result<(), Failure> {
    let (found, brokers) = look(url).await?;
    let replication = url.replication(brokers);
    let missing: Vec<_> = topics().filter(|(name, _)| !found.contains_key(&url.topic(name))).collect();
    if !missing.is_empty() {
        make(url, &missing, partitions, replication).await?;
    }
    compare(url, &found, partitions)
}

/// Whether all topics are there, of so many `partitions`.
///
/// # Errors
/// The brokers are away, a topic is missing or has another number of partitions.
pub async fn check(url: &KafkaUrl, partitions: u32) -> Result<(), Failure> {
    let (found, _) = look(url).await?;
    if let Some((name, _)) = topics().find(|(name, _)| !found.contains_key(&url.topic(name))) {
        return Err(format!("the topic {} is not there: run `bigtech-chat topics`", url.topic(name)).into());
    }
    compare(url, &found, partitions)
}

fn compare(url: &KafkaUrl, found: &HashMap<String, usize>, partitions: u32) -> Result<(), Failure> {
    for (name, _) in topics() {
        let count = found.get(&url.topic(name)).copied();
        if let Some(count) = count.filter(|count| *count != partitions as usize) {
            return Err(format!(
                "the topic {} has {count} partitions, not {partitions}: set `partitions` to {count}, or, if it was made by mistake, \
                 delete the topic and run `bigtech-chat topics`",
                url.topic(name)
            )
            .into());
        }
    }
    Ok(())
}

/// The topics there are and how many partitions each has; and how many brokers there are.
async fn look(url: &KafkaUrl) -> Result<(HashMap<String, usize>, usize), Failure> {
    let config = url.config();
    let looking = tokio::task::spawn_blocking(move || {
        let client: AdminClient<DefaultClientContext> = config.create()?;
        client.inner().fetch_metadata(None, PATIENCE)
    });
    let metadata = looking.await??;
    let partitions = metadata.topics().iter().map(|topic| (topic.name().to_owned(), topic.partitions().len()));
    Ok((partitions.collect(), metadata.brokers().len()))
}

async fn make(url: &KafkaUrl, missing: &[(&str, &str)], partitions: u32, replication: i32) -> Result<(), Failure> {
    let client: AdminClient<DefaultClientContext> = url.config().create()?;
    let names: Vec<_> = missing.iter().map(|(name, _)| url.topic(name)).collect();
    let in_sync = if replication >= 3 { "2" } else { "1" };
    let new = names.iter().zip(missing).map(|(name, (_, cleanup))| {
        let topic = NewTopic::new(name, i32::try_from(partitions).unwrap_or(1), TopicReplication::Fixed(replication));
        let topic = topic.set("cleanup.policy", cleanup).set("min.insync.replicas", in_sync);
        // The times of records are those of their events, which may be older than this when a topic is filled again.
        topic.set("retention.ms", "604800000").set("message.timestamp.type", "CreateTime")
    });
    let new: Vec<_> = new.collect();
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE));
    for made in client.create_topics(&new, &options).await? {
        match made {
            Ok(name) => tracing::info!(topic = name, partitions, replication, "made a topic"),
            // Another process was first.
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => return Err(refused(&name, code)),
        }
    }
    Ok(())
}

/// What waiting does not mend is told from brokers that are only coming up.
fn refused(name: &str, code: RDKafkaErrorCode) -> Failure {
    use RDKafkaErrorCode::{ClusterAuthorizationFailed, InvalidConfig, PolicyViolation, TopicAuthorizationFailed};
    let why = format!("the topic {name} can not be made: {code}");
    match code {
        ClusterAuthorizationFailed | InvalidConfig | PolicyViolation | TopicAuthorizationFailed => why.into(),
        _ => Box::new(NotYet(why)),
    }
}
