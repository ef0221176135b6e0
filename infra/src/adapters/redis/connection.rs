//! The connection: asked with a bound, and left alone for a while after it did not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisResult};
use tokio::time::timeout;

/// How long an answer is waited for: longer than it ever takes, shorter than anybody notices.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long it is not asked again after it did not answer.
const REST: Duration = Duration::from_secs(1);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_millis(500);

/// A URL that leads to no Redis, and why.
#[derive(Debug, thiserror::Error)]
#[error("shared: {0}")]
pub struct NotRedis(String);

/// A Redis that may be away.
pub struct Redis {
    client: Client,
    /// Before each key: what belongs to which event store.
    prefix: String,
    manager: tokio::sync::Mutex<Option<ConnectionManager>>,
    rests_until: Mutex<Option<Instant>>,
    is_away: AtomicBool,
}

impl Redis {
    /// The Redis at `url`, which need not be there; what is kept there is that of the event store with this `identity`.
    ///
    /// # Errors
    /// The URL is none.
    pub fn at(url: &str, identity: &str) -> Result<Arc<Self>, NotRedis> {
        let client = Client::open(url).map_err(|error| NotRedis(error.to_string()))?;
        Ok(Arc::new(Self {
            client,
            prefix: format!("chat:{identity}:"),
            manager: tokio::sync::Mutex::default(),
            rests_until: Mutex::default(),
            is_away: AtomicBool::new(false),
        }))
    }

    /// The key of this name.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// What `ask` gets; nothing while Redis is away.
    pub(super) async fn ask<T>(&self, ask: impl AsyncFnOnce(&mut ConnectionManager) -> RedisResult<T>) -> Option<T> {
        if self.rests_until.lock().is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let mut manager = self.connected().await?;
        match timeout(PATIENCE, ask(&mut manager)).await {
            Ok(Ok(answer)) => {
                if self.is_away.swap(false, Ordering::Relaxed) {
                    tracing::info!("Redis is back");
                }
                Some(answer)
            }
            Ok(Err(error)) => self.rest(&error.to_string()),
            Err(_) => self.rest("no answer"),
        }
    }

    async fn connected(&self) -> Option<ConnectionManager> {
        let mut manager = self.manager.lock().await;
        if let Some(manager) = &*manager {
            return Some(manager.clone());
        }
        let config = ConnectionManagerConfig::new().set_number_of_retries(0).set_connection_timeout(Some(CONNECT));
        let config = config.set_response_timeout(Some(CONNECT));
        match timeout(CONNECT, ConnectionManager::new_with_config(self.client.clone(), config)).await {
            Ok(Ok(made)) => {
                *manager = Some(made.clone());
                Some(made)
            }
            Ok(Err(error)) => self.rest(&error.to_string()),
            Err(_) => self.rest("no answer"),
        }
    }

    fn rest<T>(&self, reason: &str) -> Option<T> {
        *self.rests_until.lock() = Some(Instant::now() + REST);
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(reason, "Redis is away");
        }
        None
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<(), String> {
        let ping =
            async |connection: &mut ConnectionManager| redis::cmd("PING").query_async::<String>(connection).await;
        self.ask(ping).await.map(|_| ()).ok_or_else(|| "no answer".to_owned())
    }
}
