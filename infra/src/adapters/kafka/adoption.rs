//! What lies in the topics, for whoever decides whether a store can go on with them.

use std::sync::Arc;

use command_side::ports::relay::Outbox;
use domain::Position;

use super::admin::look;
use super::broker::places;
use super::peek::Peek;
use super::{KafkaUrl, topics};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The topics that end with an event that `store` does not have, and its position. One that is not there ends with nothing.
///
/// # Errors
/// The brokers or the store are away.
pub async fn strangers(
    url: &KafkaUrl,
    partitions: u32,
    store: &dyn Outbox,
) -> Result<Vec<(String, Position)>, Failure> {
    let (found, _) = look(url).await?;
    let is_there = |topic: &String, index: i32| {
        found.get(topic).is_some_and(|count| usize::try_from(index).is_ok_and(|i| i < *count))
    };
    let places: Vec<_> = places(url, partitions).filter(|(_, (topic, index))| is_there(topic, *index)).collect();
    let ends = Arc::new(Peek::new(url)?).last(places.clone()).await.map_err(|away| away.0)?;
    let mut strangers = vec![];
    for (partition, (topic, _)) in places {
        let Some(end) = ends.get(&partition) else { continue };
        if let (Some(position), Some(event)) = (end.position, end.event_id)
            && !store.holds(position, event).await.map_err(|away| away.0)?
        {
            strangers.push((topic, position));
        }
    }
    Ok(strangers)
}

/// The first generation after `generation` of which no topic is there.
///
/// # Errors
/// The brokers are away.
pub async fn free_generation(url: &KafkaUrl, generation: u32) -> Result<u32, Failure> {
    let (found, _) = look(url).await?;
    let is_free = |next: &u32| {
        let url = url.clone().of_generation(*next);
        !topics::all().any(|topic| found.contains_key(&url.topic(topic.name)))
    };
    (generation + 1..).find(is_free).ok_or_else(|| "there are topics of every generation".into())
}
