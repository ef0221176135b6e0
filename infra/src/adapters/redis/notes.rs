//! What each user wrote last, noted for all processes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Position, UserId};
use parking_lot::Mutex;
use projections::ports::Partition;
use query_side::Positions;
use redis::Script;

use super::Redis;
use crate::adapters::shared_freshness::Ends;

/// How long a note is kept: by then every read model has passed it, or is behind by more than anybody waits.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// The floor lives as long as Redis keeps anything.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// Stands in the floor, so that it is there even where nothing was ever written.
const MARK: Partition = Partition::MAX;
/// The most notes that wait for Redis to come back.
const MOST: usize = 100_000;
/// Raises each field to what is given, never back.
const RAISE: &str = "
    for i = 2, #ARGV, 2 do
        local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
        if tonumber(ARGV[i + 1]) > known then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
    end
    redis.call('EXPIRE', KEYS[1], ARGV[1])
    return 1";
/// Gives the floor (nothing when Redis was emptied), and what is noted.
const LOOK: &str = "return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}";

/// Notes of last writes, in Redis.
pub struct RedisNotes {
    redis: Arc<Redis>,
    raise: Script,
    look: Script,
    /// What Redis was not there for.
    unwritten: Mutex<HashMap<UserId, Positions>>,
}

impl RedisNotes {
    /// Notes in `redis`.
    #[must_use]
    pub fn new(redis: Arc<Redis>) -> Self {
        Self { redis, raise: Script::new(RAISE), look: Script::new(LOOK), unwritten: Mutex::default() }
    }

    fn key(&self, user: UserId) -> String {
        self.redis.key(&format!("wrote:{}", user.0.simple()))
    }

    /// Where the log ended when the notes began: of whom there is no note, it is known that they wrote nothing after it.
    fn floor(&self) -> String {
        self.redis.key("wrote-floor")
    }

    /// Notes that `user` wrote at `positions`; if Redis is away, as soon as it is back.
    pub(crate) async fn note(&self, user: UserId, positions: &Positions) {
        if self.raise(self.key(user), LIFE.as_secs(), positions).await.is_none() {
            let mut unwritten = self.unwritten.lock();
            if unwritten.len() < MOST || unwritten.contains_key(&user) {
                unwritten.entry(user).or_default().merge(positions);
            }
            return;
        }
        self.make_up().await;
    }

    /// Writes what Redis was not there for.
    async fn make_up(&self) {
        let late = std::mem::take(&mut *self.unwritten.lock());
        for (user, positions) in late {
            if self.raise(self.key(user), LIFE.as_secs(), &positions).await.is_none() {
                self.unwritten.lock().entry(user).or_default().merge(&positions);
            }
        }
    }

    async fn raise(&self, key: String, life: u64, positions: &Positions) -> Option<()> {
        let mut call = self.raise.key(key);
        call.arg(life);
        for (partition, position) in positions.iter() {
            call.arg(partition).arg(position);
        }
        self.redis.ask(async |connection| call.invoke_async::<i64>(connection).await).await.map(|_| ())
    }

    /// What `user` wrote last, or the floor; nothing while Redis is away.
    pub(crate) async fn last(&self, user: UserId, ends: &Ends) -> Option<Positions> {
        let mut call = self.look.key(self.floor());
        call.key(self.key(user));
        type Told = (HashMap<Partition, Position>, HashMap<Partition, Position>);
        let (floor, noted): Told = self.redis.ask(async |connection| call.invoke_async(connection).await).await?;
        let mut bound = positions(noted);
        if floor.is_empty() {
            // It was emptied, or is new: whatever is appended by now may have been noted before.
            let mut ends = ends().await?;
            bound.merge(&ends);
            ends.raise(MARK, 1);
            self.raise(self.floor(), FOR_EVER.as_secs(), &ends).await?;
        } else {
            bound.merge(&positions(floor));
        }
        Some(bound)
    }
}

fn positions(found: HashMap<Partition, Position>) -> Positions {
    let mut all = Positions::default();
    found
        .into_iter()
        .filter(|(partition, _)| *partition != MARK)
        .for_each(|(partition, position)| all.raise(partition, position));
    all
}
