//! Slowing down guesses, wherever they arrive: failures are counted in Redis for all processes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{Digests, Throttle};
use redis::{Script, ScriptInvocation};

use super::Redis;
use crate::adapters::accounts::InProcessThrottle;
use crate::adapters::accounts::throttle::{FIRST_WAIT, Whose};
use crate::config::LoginFailures;

/// Counts more failures of a key; they are forgotten with it, a window after the last.
const NOTE: &str = "
    local function note(key, more)
        if more < 1 then return end
        redis.call('HINCRBY', key, 'count', more)
        redis.call('HSET', key, 'last', now)
        redis.call('PEXPIRE', key, window)
    end";
/// How long to wait for a key that has so many free failures, in milliseconds.
const WAIT: &str = "
    local function wait(key, free)
        local found = redis.call('HMGET', key, 'count', 'last')
        local doublings = tonumber(found[1] or '0') - tonumber(free)
        if doublings < 0 then return 0 end
        local whole = math.min(tonumber(ARGV[2]) * 2 ^ math.min(doublings, 10), window)
        return math.max(math.ceil(whole - (now - tonumber(found[2]))), 0)
    end";
/// By Redis's clock, which is the same for all; in milliseconds.
const NOW: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local window = tonumber(ARGV[1])";
/// First with those that Redis was not there for.
const BEGIN: &str = "
    note(KEYS[1], tonumber(ARGV[5]))
    note(KEYS[2], tonumber(ARGV[6]))
    local left = math.max(wait(KEYS[1], ARGV[3]), wait(KEYS[2], ARGV[4]))
    if left == 0 then note(KEYS[1], 1) end
    return left";
const FAILED: &str = "
    note(KEYS[1], 1)
    return 0";

/// Failed logins, by account and by address, as all processes know them; while Redis is away, as this one does.
pub struct RedisThrottle {
    redis: Arc<Redis>,
    digests: Arc<dyn Digests>,
    limits: LoginFailures,
    /// What this process saw itself: what counts while Redis is away, and what it is told when it is back.
    here: InProcessThrottle,
    begin: Script,
    failed: Script,
}

impl RedisThrottle {
    /// Failures in `redis`, under names of which it learns `digests` only.
    #[must_use]
    pub fn new(redis: Arc<Redis>, digests: Arc<dyn Digests>, limits: LoginFailures) -> Self {
        let begin = Script::new(&[NOW, NOTE, WAIT, BEGIN].concat());
        let failed = Script::new(&[NOW, NOTE, FAILED].concat());
        Self { redis, digests, limits, here: InProcessThrottle::new(limits), begin, failed }
    }

    fn key(&self, whose: Whose, name: &str) -> String {
        let word = match whose {
            Whose::Account => "account",
            Whose::Address => "address",
        };
        let digest = self.digests.digest(&format!("throttle {word}"), name.as_bytes());
        let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        self.redis.key(&format!("failed:{word}:{hex}"))
    }

    async fn run(&self, call: ScriptInvocation<'_>) -> Option<u64> {
        self.redis.ask(async |connection| call.invoke_async(connection).await).await
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[async_trait]
impl Throttle for RedisThrottle {
    async fn begin(&self, account: &str, address: &str) -> Option<Duration> {
        let mut call = self.begin.key(self.key(Whose::Account, account));
        call.key(self.key(Whose::Address, address)).arg(milliseconds(self.limits.window)).arg(milliseconds(FIRST_WAIT));
        call.arg(self.limits.per_account).arg(self.limits.per_address);
        call.arg(self.here.owed(Whose::Account, account)).arg(self.here.owed(Whose::Address, address));
        let Some(left) = self.run(call).await else { return self.here.begin(account, address).await };
        self.here.told(Whose::Account, account);
        self.here.told(Whose::Address, address);
        if left > 0 {
            return Some(Duration::from_millis(left));
        }
        self.here.note_told(Whose::Account, account);
        None
    }

    async fn failed(&self, address: &str) {
        let mut call = self.failed.key(self.key(Whose::Address, address));
        call.arg(milliseconds(self.limits.window));
        match self.run(call).await {
            Some(_) => self.here.note_told(Whose::Address, address),
            None => self.here.failed(address).await,
        }
    }

    async fn succeeded(&self, account: &str) {
        // Whichever of the two the attempt began with.
        self.here.succeeded(account).await;
        let key = self.key(Whose::Account, account);
        self.redis.ask(async |connection| redis::cmd("DEL").arg(key).query_async::<u64>(connection).await).await;
    }
}
