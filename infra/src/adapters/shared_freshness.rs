//! What each user wrote last, where several processes write: noted in Redis for all of them, and here for as long as that is away.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use command_side::ports::Written;
use domain::{Position, StreamId, UserId};
use futures::future::BoxFuture;
use parking_lot::Mutex;
use query_side::Positions;
use query_side::ports::Freshness;
use uuid::Uuid;

use super::partitions::Partitions;
use super::redis::RedisNotes;

/// The most users whose last write in this process is known by name.
const MOST: usize = 100_000;

/// The last position of each partition of the log, as far as everything is appended by now; nothing while that is not known.
pub type Ends = Arc<dyn Fn() -> BoxFuture<'static, Option<Positions>> + Send + Sync>;

/// Notes of last writes, as maxima.
pub struct SharedFreshness {
    partitions: Partitions,
    ends: Ends,
    redis: Option<RedisNotes>,
    own: Mutex<HashMap<UserId, Positions>>,
}

impl SharedFreshness {
    /// Notes in `redis`, if there is one. Of whom nothing is noted, and while it is away, the bound is where the log `ends`.
    #[must_use]
    pub fn new(partitions: Partitions, ends: Ends, redis: Option<RedisNotes>) -> Self {
        Self { partitions, ends, redis, own: Mutex::default() }
    }

    fn own(&self, user: UserId) -> Positions {
        self.own.lock().get(&user).cloned().unwrap_or_default()
    }

    fn note_here(&self, user: UserId, positions: &Positions) {
        let mut own = self.own.lock();
        if own.len() >= MOST && !own.contains_key(&user) {
            // Whoever is forgotten here is noted in Redis, or waits for the log's end.
            own.clear();
        }
        own.entry(user).or_default().merge(positions);
    }
}

#[async_trait]
impl Written for SharedFreshness {
    async fn note(&self, user: UserId, stream: StreamId, subject: Uuid, position: Position) -> String {
        let positions = Positions::of(self.partitions.of(stream, subject), position);
        self.note_here(user, &positions);
        if let Some(redis) = &self.redis {
            redis.note(user, &positions).await;
        }
        positions.to_string()
    }
}

#[async_trait]
impl Freshness for SharedFreshness {
    async fn last_written(&self, user: UserId) -> Positions {
        let mut bound = self.own(user);
        let noted = match &self.redis {
            Some(redis) => redis.last(user, &self.ends).await,
            None => None,
        };
        match noted {
            Some(noted) => bound.merge(&noted),
            // Nothing is known of other processes: whatever is appended by now may be theirs.
            None => bound.merge(&(self.ends)().await.unwrap_or_default()),
        }
        bound
    }
}
