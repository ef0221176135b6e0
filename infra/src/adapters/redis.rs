//! What processes share for a while, on Redis. Nothing fails when it is away: whoever asks falls back on what they have.

mod connection;
mod notes;

pub use connection::{NotRedis, Redis};
pub use notes::RedisNotes;
