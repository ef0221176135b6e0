//! What was asked of any process, in Redis: one call tells what was asked of this one and learns what all owe.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Digests;
use redis::Script;

use super::Redis;
use crate::adapters::rates::{Asked, Owner, Together, Whose};
use crate::config::Rate;

/// Microseconds by Redis's clock, which is the same for all. A bucket is the time at which it is full again, and is gone then.
const NOTE: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local owed = {}
    for i, key in ipairs(KEYS) do
        local taken, most = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
        local full = math.max(tonumber(redis.call('GET', key) or '0'), now)
        owed[i] = math.min(full - now + taken, most)
        redis.call('SET', key, string.format('%.0f', now + owed[i]), 'PX', math.ceil(owed[i] / 1000))
    end
    return owed";
/// Nobody owes more than so many whole bursts, however many processes let them pass.
const MOST: u32 = 2;

/// The buckets of all processes.
pub struct RedisRates {
    redis: Arc<Redis>,
    digests: Arc<dyn Digests>,
    note: Script,
}

impl RedisRates {
    /// Buckets in `redis`, under names of which it learns `digests` only.
    #[must_use]
    pub fn new(redis: Arc<Redis>, digests: Arc<dyn Digests>) -> Self {
        Self { redis, digests, note: Script::new(NOTE) }
    }

    fn key(&self, owner: &Owner) -> String {
        let whose = match owner.whose {
            Whose::User => "user",
            Whose::Address => "address",
        };
        let digest = self.digests.digest(&format!("rate {whose}"), &owner.who.to_be_bytes());
        let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        self.redis.key(&format!("rate:{}:{whose}:{hex}", owner.kind.as_str()))
    }
}

#[async_trait]
impl Together for RedisRates {
    async fn note(&self, asked: &[Asked]) -> Option<Vec<Duration>> {
        let mut call = self.note.prepare_invoke();
        for asked in asked {
            call.key(self.key(&asked.owner));
            call.arg(taken(asked.rate, asked.times)).arg(most(asked.rate));
        }
        let owed = self.redis.ask(async |connection| call.invoke_async::<Vec<u64>>(connection).await).await?;
        Some(owed.into_iter().map(Duration::from_micros).collect())
    }
}

fn taken(rate: Rate, times: u32) -> u64 {
    microseconds(rate.interval().saturating_mul(times))
}

fn most(rate: Rate) -> u64 {
    microseconds(rate.whole().saturating_mul(MOST))
}

/// At least one: a bucket that owes nothing is not kept.
fn microseconds(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX).max(1)
}
