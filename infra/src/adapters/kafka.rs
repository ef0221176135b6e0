//! The log on Kafka: fed from the event store by the relay, read by projectors and live streams.
