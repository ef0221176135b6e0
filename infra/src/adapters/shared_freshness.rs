//! What each user wrote last, where several processes write: noted in Redis for all of them, and here for as long as that is away.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use command_side::ports::Written;
use domain::{Position, StreamId, UserId};
use futures::future::BoxFuture;
use parking_lot::Mutex;
use query_side::Positions;
use query_side::ports::{Freshness, LastWrite};
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
    async fn last_written(&self, user: UserId) -> LastWrite {
        let noted = match &self.redis {
            Some(redis) => redis.last(user, &self.ends).await,
            None => None,
        };
        let mut last = match noted {
            Some(noted) => noted,
            // Nothing is known of other processes: whatever is appended by now may be theirs.
            None => (self.ends)().await.into(),
        };
        last.positions.merge(&self.own(user));
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_known_counts_and_where_that_is_not_all_it_is_said() {
        for end in [Some(Positions::of(1_000, 3)), None] {
            let ends: Ends = Arc::new({
                let end = end.clone();
                move || Box::pin(std::future::ready(end.clone())) as BoxFuture<'static, _>
            });
            let freshness = SharedFreshness::new(Partitions::Topics(2), ends, None);
            let user = UserId(Uuid::now_v7());
            let written: Positions = freshness.note(user, user.into(), user.0, 7).await.parse().expect("positions");
            let last = freshness.last_written(user).await;
            assert!(last.positions.covers(&written), "{last:?}");
            assert_eq!(last.is_certain, end.is_some());
        }
    }
}
