//! The log on Kafka: fed from the event store by the relay, read by projectors and live streams.

mod admin;
mod adoption;
mod broker;
mod cluster;
mod document;
mod group;
mod log;
mod peek;
mod pulse;
mod record;
mod status;
mod topics;
mod url;

pub use admin::{check, ensure};
pub use adoption::{free_generation, strangers};
pub use broker::KafkaBroker;
pub(in crate::adapters) use broker::destinations;
pub(in crate::adapters) use cluster::{CLUSTER, TOPICS};
pub use cluster::{cluster, generation, tie};
pub use document::document;
pub use group::Group;
pub use log::{KafkaLog, Stored};
pub use pulse::Pulse;
pub use record::{Foreign, Record, decode, encode};
pub use status::StatusCourier;
pub use url::{KafkaUrl, NotKafka};
