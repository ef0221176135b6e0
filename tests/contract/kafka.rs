//! The log on Kafka: from PostgreSQL through the relay to a reader, each test with databases and topics of its own.

mod away;
mod document;
mod group;
mod groups;
mod model;
mod poison;
mod reading;
mod relays;
mod statuses;
mod topics;
mod wire;
mod worker;
