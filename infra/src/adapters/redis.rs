//! What processes share for a while, on Redis.
