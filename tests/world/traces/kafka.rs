//! Every record of every topic.

use super::servers::Look;
use crate::{PATIENCE, Premises};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

/// Shows them to `look`.
pub(super) fn look(premises: &Premises, look: &mut Look<'_>) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", premises.brokers()).set("group.id", format!("{}-traces", premises.name()));
    let consumer: BaseConsumer = config.set("enable.auto.commit", "false").create().expect("a consumer");
    let all = consumer.fetch_metadata(None, PATIENCE).expect("the brokers answer");
    let own = all.topics().iter().filter(|topic| topic.name().starts_with(&format!("{}.", premises.name())));
    let (mut wanted, mut records) = (TopicPartitionList::new(), 0);
    for topic in own {
        for partition in topic.partitions() {
            let (low, high) = consumer.fetch_watermarks(topic.name(), partition.id(), PATIENCE).expect("its ends");
            records += high - low;
            wanted.add_partition_offset(topic.name(), partition.id(), Offset::Beginning).expect("a partition");
        }
    }
    assert!(records > 0, "no records of {}", premises.name());
    consumer.assign(&wanted).expect("assigned");
    for _ in 0..records {
        let record = consumer.poll(PATIENCE).expect("a record").expect("a record");
        let place = format!("Kafka, {}", record.topic());
        for part in [record.payload(), record.key()].into_iter().flatten() {
            look(&place, part);
        }
        for header in record.headers().into_iter().flat_map(|headers| headers.iter()) {
            look(&place, header.value.unwrap_or_default());
        }
    }
}
