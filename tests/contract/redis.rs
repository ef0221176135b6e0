//! The suites on Redis.
