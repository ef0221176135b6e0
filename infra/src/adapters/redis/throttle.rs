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

/// Counts one more failure of the first key; they are forgotten with it, a window after the last.
const NOTE: &str = "
    local function note()
        redis.call('HINCRBY', KEYS[1], 'count', 1)
        redis.call('HSET', KEYS[1], 'last', now)
        redis.call('PEXPIRE', KEYS[1], window)
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
const BEGIN: &str = "
    local left = math.max(wait(KEYS[1], ARGV[3]), wait(KEYS[2], ARGV[4]))
    if left == 0 then note() end
    return left";
const FAILED: &str = "
    note()
    return 0";

/// Failed logins, by account and by address, as all processes know them; while Redis is away, as this one does.
pub struct RedisThrottle {
    redis: Arc<Redis>,
    digests: Arc<dyn Digests>,
    limits: LoginFailures,
    /// While Redis is away.
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
        match self.run(call).await {
            Some(0) => None,
            Some(left) => Some(Duration::from_millis(left)),
            None => self.here.begin(account, address).await,
        }
    }

    async fn failed(&self, address: &str) {
        let mut call = self.failed.key(self.key(Whose::Address, address));
        call.arg(milliseconds(self.limits.window));
        if self.run(call).await.is_none() {
            self.here.failed(address).await;
        }
    }

    async fn succeeded(&self, account: &str) {
        // Whichever of the two the attempt began with.
        self.here.succeeded(account).await;
        let key = self.key(Whose::Account, account);
        self.redis.ask(async |connection| redis::cmd("DEL").arg(key).query_async::<u64>(connection).await).await;
    }
}
