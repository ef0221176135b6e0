//! Topics: made when they are missing, and never bent to what is there.

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;

use super::KafkaUrl;
use super::topics::{self, Kept};
use crate::adapters::opening::NotYet;

/// How long the brokers may take.
const PATIENCE: Duration = Duration::from_secs(10);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Makes the topics that are missing, of so many `partitions`; refuses those that have another number.
///
/// # Errors
/// The brokers are away or refuse, or a topic has another number of partitions.
pub async fn ensure(url: &KafkaUrl, partitions: u32) -> Result<(), Failure> {
    let (found, brokers) = look(url).await?;
    let replication = url.replication(brokers);
    let missing: Vec<_> = topics::all().filter(|topic| !found.contains_key(&url.topic(topic.name))).collect();
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
    if let Some(topic) = topics::all().find(|topic| !found.contains_key(&url.topic(topic.name))) {
        return Err(format!("the topic {} is not there: run `bigtech-chat topics`", url.topic(topic.name)).into());
    }
    compare(url, &found, partitions)
}

fn compare(url: &KafkaUrl, found: &HashMap<String, usize>, partitions: u32) -> Result<(), Failure> {
    for Kept { name, .. } in topics::all() {
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
pub(super) async fn look(url: &KafkaUrl) -> Result<(HashMap<String, usize>, usize), Failure> {
    let config = url.config();
    let looking = tokio::task::spawn_blocking(move || {
        let client: AdminClient<DefaultClientContext> = config.create()?;
        client.inner().fetch_metadata(None, PATIENCE)
    });
    let metadata = looking.await??;
    let partitions = metadata.topics().iter().map(|topic| (topic.name().to_owned(), topic.partitions().len()));
    Ok((partitions.collect(), metadata.brokers().len()))
}

async fn make(url: &KafkaUrl, missing: &[Kept], partitions: u32, replication: i32) -> Result<(), Failure> {
    let client: AdminClient<DefaultClientContext> = url.config().create()?;
    let made: Vec<_> = missing.iter().map(|one| (url.topic(one.name), one.configuration(replication))).collect();
    let new = made.iter().map(|(name, configuration)| {
        let topic = NewTopic::new(name, i32::try_from(partitions).unwrap_or(1), TopicReplication::Fixed(replication));
        configuration.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
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
