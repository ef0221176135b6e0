//! The suites on Kafka.
