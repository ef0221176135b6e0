//! The connection: asked with a bound, and left alone for a while after it did not answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult};
use tokio::time::timeout;

use crate::adapters::opening::NotYet;

/// How long an answer is waited for: longer than it ever takes, shorter than anybody notices.
const PATIENCE: Duration = Duration::from_millis(50);
/// How many times as long what others must know is waited for: on a busy machine 50 ms are soon gone, and who is not told reads too early.
const INSISTENCE: u32 = 6;
/// How long it is not asked again after it did not answer.
const REST: Duration = Duration::from_secs(1);
/// How long a connection may take to be made. Nobody waits for it longer than for an answer.
const CONNECT: Duration = Duration::from_secs(2);
/// So long after it did not answer, other processes may still hold what they could not write.
const SETTLING: Duration = Duration::from_secs(3);

/// A URL that leads to no Redis, and why.
#[derive(Debug, thiserror::Error)]
#[error("shared: {0}")]
pub struct NotRedis(String);

/// A Redis that may be away.
pub struct Redis {
    client: Client,
    /// Before each key: what belongs to which event store.
    prefix: String,
    patience: Duration,
    line: Mutex<Line>,
}

/// A connection that is being made, or has been.
type Link = Shared<BoxFuture<'static, Result<MultiplexedConnection, String>>>;

/// How much an answer matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urge {
    /// There is another way without it.
    Ask,
    /// Others must know it. That somebody else was not answered in time is no reason not to try.
    Insist,
    /// The same, tried again by somebody whom nobody waits for.
    Again,
}

#[derive(Default)]
struct Line {
    link: Option<Link>,
    failed_at: Option<Instant>,
    insisted_at: Option<Instant>,
    /// None while it answers.
    away_since: Option<Instant>,
}

impl Line {
    fn failed_within(&self, span: Duration) -> bool {
        self.failed_at.is_some_and(|at| at.elapsed() < span)
    }

    /// Whether it is left alone.
    fn rests(&self, urge: Urge) -> bool {
        match urge {
            Urge::Ask => self.failed_within(REST),
            Urge::Insist => self.insisted_at.is_some_and(|at| at.elapsed() < REST),
            Urge::Again => false,
        }
    }
}

impl Redis {
    /// The Redis at `url`, which need not be there; what is kept there is that of the event store with this `identity`.
    ///
    /// # Errors
    /// The URL is none.
    pub fn at(url: &str, identity: &str) -> Result<Arc<Self>, NotRedis> {
        Self::with_patience(url, identity, PATIENCE)
    }

    /// The same, with another bound for its answers.
    ///
    /// # Errors
    /// The URL is none.
    pub fn with_patience(url: &str, identity: &str, patience: Duration) -> Result<Arc<Self>, NotRedis> {
        let client = Client::open(url).map_err(|error| NotRedis(error.to_string()))?;
        Ok(Arc::new(Self { client, prefix: format!("chat:{identity}:"), patience, line: Mutex::default() }))
    }

    /// The key of this name.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// What `ask` gets; nothing while Redis is away.
    pub(super) async fn ask<T>(
        &self,
        ask: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>,
    ) -> Option<T> {
        self.urge(Urge::Ask, ask).await
    }

    /// The same, for what matters more.
    pub(super) async fn urge<T>(
        &self,
        urge: Urge,
        ask: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>,
    ) -> Option<T> {
        let link = self.link(urge)?;
        let patience = if urge == Urge::Ask { self.patience } else { self.patience * INSISTENCE };
        let answer = timeout(patience, async {
            let mut connection = link.await?;
            ask(&mut connection).await.map_err(|error| error.to_string())
        });
        match answer.await.unwrap_or_else(|_| Err("no answer".to_owned())) {
            Ok(answer) => {
                self.answered();
                Some(answer)
            }
            Err(reason) => {
                self.rest(urge, &reason);
                None
            }
        }
    }

    /// The connection, to be waited for; nothing while Redis is left alone.
    fn link(&self, urge: Urge) -> Option<Link> {
        let mut line = self.line.lock();
        if line.rests(urge) {
            return None;
        }
        let link = line.link.get_or_insert_with(|| {
            let link = connect(self.client.clone());
            // So that it is made even if that takes longer than anybody waits.
            tokio::spawn(link.clone());
            link
        });
        Some(link.clone())
    }

    fn answered(&self) {
        let mut line = self.line.lock();
        if line.away_since.take().is_some() {
            tracing::info!("Redis is back");
        }
    }

    fn rest(&self, urge: Urge, reason: &str) {
        let mut line = self.line.lock();
        line.failed_at = Some(Instant::now());
        if urge != Urge::Ask {
            line.insisted_at = line.failed_at;
        }
        // One that failed is made anew; one that is still being made is given its time.
        line.link.take_if(|link| link.peek().is_some());
        if line.away_since.is_none() {
            line.away_since = line.failed_at;
            tracing::warn!(reason, "Redis is away");
        }
    }

    /// For how long it has been away.
    pub(super) fn away_for(&self) -> Duration {
        self.line.lock().away_since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Whether it was away a moment ago: then another process may not have written yet what it wants all to know.
    pub(super) fn is_settling(&self) -> bool {
        self.line.lock().failed_within(SETTLING)
    }

    /// Whether it lets in who comes with this URL.
    ///
    /// # Errors
    /// It does not, or it is away.
    pub async fn admits(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let asked = async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&bounds()).await?;
            redis::cmd("PING").query_async::<String>(&mut connection).await
        };
        match asked.await {
            Ok(_) => Ok(()),
            Err(error) if is_refusal(&error) => Err(error.into()),
            Err(error) => Err(NotYet(error.to_string()).into()),
        }
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<(), String> {
        let ping =
            async |connection: &mut MultiplexedConnection| redis::cmd("PING").query_async::<String>(connection).await;
        self.ask(ping).await.map(|_| ()).ok_or_else(|| "no answer".to_owned())
    }
}

fn connect(client: Client) -> Link {
    let connecting = async move {
        client.get_multiplexed_async_connection_with_config(&bounds()).await.map_err(|error| error.to_string())
    };
    connecting.boxed().shared()
}

fn bounds() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(CONNECT))
}

/// What waiting does not mend: wrong credentials, a database that there is not.
fn is_refusal(error: &RedisError) -> bool {
    let is_of_settings = matches!(error.kind(), ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig);
    is_of_settings || error.code().is_some_and(|code| ["ERR", "NOAUTH", "NOPERM", "WRONGPASS"].contains(&code))
}
