//! Who is online, for all processes: each device until when, by Redis' clock, and a number for each coming and going.
//!
//! Whoever asks what changed lets those go whose time is over, so one who is killed needs nobody to say so. Changes are read by
//! number: nothing is missed by one who was cut off for a while, and nothing has to be listened to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::api::Caller;
use command_side::api::views::Presence;
use domain::{Timestamp, UserId};
use query_side::ports::{Heartbeats, News, Presences, Since, Transitions, Unavailable};
use redis::{FromRedisValue, Script, ScriptInvocation};

use super::Redis;
use super::connection::Urge;
use crate::adapters::clock;
use crate::adapters::presence::MOST_DEVICES;

/// The most people of whom it is remembered when they were seen, and for how long.
const MOST_SEEN: u32 = 1_000_000;
const SEEN_FOR: Duration = Duration::from_secs(90 * 24 * 3600);
/// The most changes that are kept for who is behind: each person's last.
const MOST_CHANGES: u32 = 100_000;
/// The most changes that are told with one call.
const TOLD: u32 = 1_000;
/// The most people who are let go with one call, so that Redis is not held up.
const LET_GO: u32 = 2_000;

macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(include_str!("presence/common.lua"), include_str!(concat!("presence/", $name, ".lua"))))
    };
}

/// Who is there, in Redis.
pub struct RedisPresence {
    redis: Arc<Redis>,
    life: Duration,
    beat: Script,
    leave: Script,
    look: Script,
    after: Script,
    lead: Script,
    sent: Script,
}

impl RedisPresence {
    /// In `redis`; a device is there for so long after each sign of life: the same in all processes.
    #[must_use]
    pub fn new(redis: Arc<Redis>, life: Duration) -> Self {
        Self {
            redis,
            life,
            beat: script!("beat"),
            leave: script!("leave"),
            look: script!("look"),
            after: script!("after"),
            lead: script!("lead"),
            sent: script!("sent"),
        }
    }

    /// Takes the lease of who tells others at `place`, or keeps it, for so long; from where they go on. None while somebody else has it.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn lead(&self, holder: &str, lease: Duration, place: &str) -> Result<Option<Since>, Unavailable> {
        let mut call = self.call(&self.lead);
        call.key(self.redis.key("online-lease")).arg(holder).arg(milliseconds(lease)).arg(place);
        let told: Vec<u64> = self.insist(call).await?;
        Ok(match *told.as_slice() {
            [epoch, number] => Some(Since { epoch, number }),
            _ => None,
        })
    }

    /// Notes that others were told of `users` at `place` up to `until`; whether the lease was kept. If not, how these stand counts as
    /// changed.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn sent(&self, holder: &str, place: &str, until: Since, users: &[UserId]) -> Result<bool, Unavailable> {
        let mut call = self.call(&self.sent);
        call.key(self.redis.key("online-lease")).arg(holder).arg(place).arg(until.epoch).arg(until.number);
        users.iter().for_each(|user| _ = call.arg(name(*user)));
        self.insist(call).await
    }

    fn call<'s>(&self, script: &'s Script) -> ScriptInvocation<'s> {
        let mut call = script.key(self.redis.key("online"));
        ["online-seen", "online-changes", "online-state"].iter().for_each(|key| _ = call.key(self.redis.key(key)));
        call
    }

    fn add_devices(&self, call: &mut ScriptInvocation<'_>, devices: &[Caller]) {
        for Caller { user, session } in devices {
            let user = name(*user);
            call.key(self.redis.key(&format!("online-of:{user}"))).arg(user).arg(session.0.simple().to_string());
        }
    }

    /// What others must know, and what nobody waits for: on a busy machine it may take a while.
    async fn insist<T: FromRedisValue>(&self, call: ScriptInvocation<'_>) -> Result<T, Unavailable> {
        let answer = self.redis.urge(Urge::Insist, async |connection| call.invoke_async(connection).await).await;
        answer.ok_or_else(away)
    }
}

#[async_trait]
impl Heartbeats for RedisPresence {
    fn life(&self) -> Duration {
        self.life
    }

    async fn beat(&self, devices: &[Caller]) -> Result<(), Unavailable> {
        let mut call = self.call(&self.beat);
        call.arg(milliseconds(self.life)).arg(MOST_DEVICES);
        self.add_devices(&mut call, devices);
        self.insist::<u64>(call).await.map(|_| ())
    }

    async fn leave(&self, devices: &[Caller]) -> Result<(), Unavailable> {
        let mut call = self.call(&self.leave);
        self.add_devices(&mut call, devices);
        self.insist::<u64>(call).await.map(|_| ())
    }
}

#[async_trait]
impl Presences for RedisPresence {
    async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Presence>, Unavailable> {
        let mut call = self.call(&self.look);
        users.iter().for_each(|user| _ = call.arg(name(*user)));
        let found = self.redis.ask(async |connection| call.invoke_async(connection).await).await;
        let found: Vec<(u8, String)> = found.ok_or_else(away)?;
        let found = users.iter().zip(found).filter(|(_, (is_online, seen))| *is_online == 1 || !seen.is_empty());
        Ok(found.map(|(user, (is_online, seen))| (*user, presence(is_online, &seen))).collect())
    }

    fn remembers_since(&self) -> Timestamp {
        let span = i64::try_from(SEEN_FOR.as_millis()).unwrap_or(i64::MAX);
        Timestamp(clock::now().0.saturating_sub(span))
    }
}

#[async_trait]
impl Transitions for RedisPresence {
    async fn after(&self, since: Since) -> Result<News, Unavailable> {
        let mut call = self.call(&self.after);
        call.arg(since.epoch).arg(since.number).arg(TOLD).arg(LET_GO);
        call.arg(MOST_SEEN).arg(milliseconds(SEEN_FOR)).arg(MOST_CHANGES);
        let told: Vec<String> = self.insist(call).await?;
        read(&told).ok_or_else(|| Unavailable("Redis answers something else".to_owned()))
    }
}

fn away() -> Unavailable {
    Unavailable("Redis is away".to_owned())
}

fn read(told: &[String]) -> Option<News> {
    let ([epoch, number, gap], changed) = told.split_first_chunk::<3>()?;
    let (changed, _) = changed.as_chunks::<3>();
    let change = |[user, is_online, seen]: &[String; 3]| {
        let is_online = is_online.parse().ok()?;
        Some((user.parse().ok()?, presence(is_online, seen)))
    };
    let until = Since { epoch: epoch.parse().ok()?, number: number.parse().ok()? };
    Some(News { changed: changed.iter().map(change).collect::<Option<_>>()?, has_gap: gap == "1", until })
}

fn presence(is_online: u8, seen: &str) -> Presence {
    Presence { is_online: is_online == 1, last_seen_at: seen.parse().ok().map(Timestamp) }
}

/// Without dashes: there are many of them.
fn name(user: UserId) -> String {
    user.0.simple().to_string()
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
