//! Who comes and goes, for others: a compacted topic that keeps of everybody how they stand.
//!
//! Nothing of it is in the log, so it has neither positions nor a relay that goes back: of who changed several times meanwhile the
//! last is sent, and what was not acknowledged is sent again. One process sends at a time, under a lease; another one that was paused
//! with something in its hands finds that it lost the lease, and has how these stand sent once more, behind its own.

use std::sync::Arc;
use std::time::Duration;

use command_side::api::views::Presence;
use command_side::ports::Unavailable;
use domain::UserId;
use futures::future::join_all;
use query_side::ports::{Since, Transitions as _};
use rdkafka::error::KafkaError;
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde::Serialize;
use tokio::sync::watch;
use uuid::Uuid;

use super::KafkaUrl;
use super::record::{CLOUD_EVENT, header, time, type_of};
use crate::adapters::clock;
use crate::adapters::partitions::index_of;
use crate::adapters::redis::RedisPresence;

/// The topic.
pub(super) const STATUS: &str = "user.online_status";
/// What a record says that it is, after what stands before all types.
pub(super) const CHANGED: &str = "OnlineStatusChanged";
pub(super) const SOURCE: &str = "/bigtech-chat/presence";

/// How often it is looked for changes.
const EVERY: Duration = Duration::from_secs(1);
/// How long the brokers have for a record; then it is sent again.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer than the brokers have: who waits for them still holds it.
const LEASE: Duration = Duration::from_secs(15);

/// How somebody stands, as others read it.
#[derive(Serialize)]
struct Status {
    user_id: UserId,
    is_online: bool,
    /// Null when it is not remembered.
    last_seen_at: Option<domain::Timestamp>,
}

/// Sends how people stand.
pub struct StatusCourier {
    topic: String,
    each: u32,
    producer: FutureProducer,
    presence: Arc<RedisPresence>,
    /// Its name on the lease.
    name: String,
}

impl StatusCourier {
    /// Sends what `presence` tells to the brokers at `url`, whose topics have so many partitions each.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn new(url: &KafkaUrl, each: u32, presence: Arc<RedisPresence>) -> Result<Self, KafkaError> {
        let mut config = url.config();
        config.set("enable.idempotence", "true").set("acks", "all").set("compression.type", "lz4");
        config.set("message.timeout.ms", PATIENCE.as_millis().to_string());
        let name = Uuid::now_v7().simple().to_string();
        Ok(Self { topic: url.topic(STATUS), each, producer: config.create()?, presence, name })
    }

    /// Sends until `ending`. What is away is waited for.
    pub async fn run(self, mut ending: watch::Receiver<bool>) {
        let mut is_told = false;
        loop {
            match self.send().await {
                // There may be more.
                Ok(true) => continue,
                Ok(false) => is_told = false,
                Err(Unavailable(reason)) if !is_told => {
                    tracing::warn!(reason, "others are not told who is online");
                    is_told = true;
                }
                Err(_) => {}
            }
            let pause = tokio::time::timeout(EVERY, ending.wait_for(|ending| *ending));
            if pause.await.is_ok() {
                return;
            }
        }
    }

    /// Sends what changed, if this is who does; whether there was something.
    async fn send(&self) -> Result<bool, Unavailable> {
        let Some(since) = self.presence.lead(&self.name, LEASE, &self.topic).await? else { return Ok(false) };
        let news = self.presence.after(since).await?;
        if news.changed.is_empty() {
            return Ok(false);
        }
        let sent = join_all(news.changed.iter().map(|(user, presence)| self.send_one(*user, *presence))).await;
        sent.into_iter().collect::<Result<(), _>>()?;
        self.note(news.until, news.changed.iter().map(|(user, _)| *user)).await?;
        Ok(true)
    }

    async fn note(&self, until: Since, users: impl Iterator<Item = UserId>) -> Result<(), Unavailable> {
        if !self.presence.sent(&self.name, &self.topic, until, &users.collect::<Vec<_>>()).await? {
            tracing::info!("another process tells who is online");
        }
        Ok(())
    }

    async fn send_one(&self, user_id: UserId, presence: Presence) -> Result<(), Unavailable> {
        let Presence { is_online, last_seen_at } = presence;
        // Ids and times are texts: this does not fail.
        let value = serde_json::to_string(&Status { user_id, is_online, last_seen_at }).unwrap_or_default();
        let key = user_id.to_string();
        let partition = i32::try_from(index_of(user_id.0, self.each)).unwrap_or(0);
        let record = FutureRecord::to(&self.topic).partition(partition).key(&key).payload(&value);
        let sent = self.producer.send(record.headers(headers(&key)), PATIENCE).await;
        sent.map(|_| ()).map_err(|(error, _)| Unavailable(format!("the brokers: {error}")))
    }
}

pub(super) fn headers(user: &str) -> OwnedHeaders {
    CLOUD_EVENT
        .into_iter()
        .fold(OwnedHeaders::new_with_capacity(8), |headers, (name, value)| headers.insert(header(name, value)))
        .insert(header("ce_id", &Uuid::now_v7().to_string()))
        .insert(header("ce_source", SOURCE))
        .insert(header("ce_type", &type_of(CHANGED)))
        .insert(header("ce_subject", user))
        .insert(header("ce_time", &time(clock::now())))
        .insert(header("ce_partitionkey", user))
}
