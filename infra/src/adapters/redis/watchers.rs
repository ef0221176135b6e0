//! Who has which room before their eyes, in whichever process.
//!
//! Each process says of itself every second that it is alive, and of each stream once in which process it is. So one that was killed
//! is not believed to serve streams for longer than five seconds, and a million open streams cost nothing while they stay open.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::processes::Watchers;
use domain::{RoomId, UserId};
use query_side::ports::Watched;
use redis::Script;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use super::Redis;
use super::connection::Urge;
use crate::adapters::watchers::InProcessWatchers;

/// How long a process is believed to be alive that does not say so again, in milliseconds.
const ALIVE: u64 = 5_000;
const BEAT: Duration = Duration::from_secs(1);
/// How long it is kept that somebody watches; it is said again before.
const LIFE: Duration = Duration::from_secs(3_600);
const AGAIN: Duration = Duration::from_secs(1_200);
/// What waits to be said; more are said with all others, later.
const WAITING: usize = 10_000;
/// So many are said at once.
const AT_ONCE: usize = 500;

/// Says that the process is alive; whether that was known.
const BEATS: &str = "
    local known = redis.call('EXISTS', KEYS[1])
    redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
    return known";
/// Gives whether one of the processes that serve such a stream is alive; forgets the others.
const WATCHES: &str = "
    for _, process in ipairs(redis.call('SMEMBERS', KEYS[1])) do
        if redis.call('EXISTS', KEYS[2] .. process) == 1 then return 1 end
        redis.call('SREM', KEYS[1], process)
    end
    return 0";

/// Open streams of single rooms, those of this process and those of others.
pub struct RedisWatchers {
    redis: Arc<Redis>,
    here: InProcessWatchers,
    process: String,
    changes: mpsc::Sender<Change>,
    watches: Script,
}

/// Somebody begins to watch, or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Change {
    user: UserId,
    room: RoomId,
}

/// What says it to Redis, for as long as it is polled.
pub struct Telling {
    watchers: Arc<RedisWatchers>,
    changes: mpsc::Receiver<Change>,
    beats: Script,
    said_at: Option<Instant>,
}

impl RedisWatchers {
    /// Those that `redis` knows of, and what tells it of those here.
    #[must_use]
    pub fn new(redis: Arc<Redis>) -> (Arc<Self>, Telling) {
        let (changes, heard) = mpsc::channel(WAITING);
        let (process, watches) = (Uuid::now_v7().simple().to_string(), Script::new(WATCHES));
        let watchers = Arc::new(Self { redis, here: InProcessWatchers::default(), process, changes, watches });
        let telling = Telling { watchers: watchers.clone(), changes: heard, beats: Script::new(BEATS), said_at: None };
        (watchers, telling)
    }

    fn key(&self, user: UserId, room: RoomId) -> String {
        self.redis.key(&format!("watches:{}:{}", user.0.simple(), room.0.simple()))
    }

    fn alive(&self, process: &str) -> String {
        self.redis.key(&format!("serves:{process}"))
    }

    fn tell(&self, user: UserId, room: RoomId) {
        // What finds no place is said with all others before long.
        let _ = self.changes.try_send(Change { user, room });
    }
}

impl Watched for RedisWatchers {
    fn came(&self, user: UserId, room: RoomId) {
        if self.here.enter(user, room) {
            self.tell(user, room);
        }
    }

    fn went(&self, user: UserId, room: RoomId) {
        if self.here.leave(user, room) {
            self.tell(user, room);
        }
    }
}

#[async_trait]
impl Watchers for RedisWatchers {
    async fn is_watching(&self, user: UserId, room: RoomId) -> bool {
        if self.here.is_there(user, room) {
            return true;
        }
        let mut call = self.watches.key(self.key(user, room));
        call.key(self.alive(""));
        let found = self.redis.ask(async |connection| call.invoke_async::<i64>(connection).await).await;
        found.is_some_and(|found| found == 1)
    }
}

impl Telling {
    /// Says who is there, and that this process is.
    pub async fn run(mut self) {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut changes = Vec::with_capacity(AT_ONCE);
            tokio::select! {
                _ = beats.tick() => self.beat().await,
                _ = self.changes.recv_many(&mut changes, AT_ONCE) => {
                    if !self.say(changes).await {
                        self.said_at = None;
                    }
                }
            }
        }
    }

    /// Says that the process is alive. What Redis does not know any more, or for long, is said again.
    async fn beat(&mut self) {
        let mut call = self.beats.key(self.watchers.alive(&self.watchers.process));
        call.arg(ALIVE);
        let redis = &self.watchers.redis;
        let known = redis.urge(Urge::Again, async |connection| call.invoke_async::<i64>(connection).await).await;
        let is_said = known == Some(1) && self.said_at.is_some_and(|at| at.elapsed() < AGAIN);
        if known.is_some() && !is_said && self.say_all().await {
            self.said_at = Some(Instant::now());
        }
    }

    async fn say_all(&self) -> bool {
        let all: Vec<_> = self.watchers.here.all().into_iter().map(|(user, room)| Change { user, room }).collect();
        for some in all.chunks(AT_ONCE) {
            if !self.say(some.to_vec()).await {
                return false;
            }
        }
        true
    }

    /// Says of each whether they watch, as it is now; whether Redis heard it.
    async fn say(&self, changes: Vec<Change>) -> bool {
        let mut pipeline = redis::pipe();
        for change in changes.into_iter().collect::<HashSet<_>>() {
            let key = self.watchers.key(change.user, change.room);
            if self.watchers.here.is_there(change.user, change.room) {
                pipeline.sadd(&key, &self.watchers.process).ignore();
                pipeline.expire(&key, LIFE.as_secs().cast_signed()).ignore();
            } else {
                pipeline.srem(&key, &self.watchers.process).ignore();
            }
        }
        let redis = &self.watchers.redis;
        redis.urge(Urge::Again, async |connection| pipeline.query_async::<()>(connection).await).await.is_some()
    }
}
