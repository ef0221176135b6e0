//! What processes share for a while, on Redis. Nothing fails when it is away: whoever asks falls back on what they have.
//!
//! Redis must not evict (`maxmemory-policy noeviction`, its default): a note that is gone early lets its user read too early.

mod board;
mod connection;
mod notes;
mod presence;
mod rates;
mod throttle;
mod unwritten;
mod watchers;

pub use connection::{NotRedis, Redis};
pub use notes::RedisNotes;
pub use presence::RedisPresence;
pub use rates::RedisRates;
pub use throttle::RedisThrottle;
pub use watchers::RedisWatchers;
