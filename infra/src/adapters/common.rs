//! What processes have in common where they share a Redis, and what each has for itself where they do not.

use std::sync::Arc;

use command_side::ports::Throttle;
use command_side::ports::processes::Watchers;
use query_side::ports::{Attendance, Watched};

use super::accounts::InProcessThrottle;
use super::opening::{Beside, endless};
use super::presence::InProcessPresence;
use super::rates::Rates;
use super::redis::{Redis, RedisPresence, RedisRates, RedisThrottle, RedisWatchers};
use super::stores::Stores;
use super::watchers::InProcessWatchers;
use crate::config::Settings;

/// Who has which room before their eyes, as streams tell it and as it is asked.
pub(super) fn watching(
    redis: Option<&Arc<Redis>>,
    background: &mut Vec<Beside>,
) -> (Arc<dyn Watched>, Arc<dyn Watchers>) {
    let Some(redis) = redis else {
        let here = Arc::new(InProcessWatchers::default());
        return (here.clone(), here);
    };
    let (watchers, telling) = RedisWatchers::new(redis.clone());
    background.push(endless(telling.run()));
    (watchers.clone(), watchers)
}

pub(super) fn throttle(settings: &Settings, redis: Option<&Arc<Redis>>, stores: &Stores) -> Arc<dyn Throttle> {
    match redis {
        _ if !settings.rate_limits => Arc::new(InProcessThrottle::off()),
        Some(redis) => {
            Arc::new(RedisThrottle::new(redis.clone(), stores.secrets.clone(), settings.limits.login_failures))
        }
        None => Arc::new(InProcessThrottle::new(settings.limits.login_failures)),
    }
}

/// How often who may call, in all processes that share a Redis.
pub(super) fn rates(
    settings: &Settings,
    redis: Option<&Arc<Redis>>,
    stores: &Stores,
    background: &mut Vec<Beside>,
) -> Arc<Rates> {
    if !settings.rate_limits {
        return Arc::new(Rates::off());
    }
    let rates = Arc::new(Rates::new(settings.limits, redis.is_some()));
    if let Some(redis) = redis {
        let others = Arc::new(RedisRates::new(redis.clone(), stores.secrets.clone()));
        background.push(endless(rates.clone().share(others)));
    }
    rates
}

pub(super) fn presence(settings: &Settings, redis: Option<&Arc<Redis>>) -> (Attendance, Option<Arc<RedisPresence>>) {
    let Some(redis) = redis else { return (Arc::new(InProcessPresence::new(settings.offline_after)).into(), None) };
    let presence = Arc::new(RedisPresence::new(redis.clone(), settings.offline_after));
    (presence.clone().into(), Some(presence))
}
