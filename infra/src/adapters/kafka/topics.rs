//! Which topics there are, and how the brokers keep them.

use super::status::STATUS;
use crate::adapters::partitions::Topic;

/// What happens to rooms as such, for whoever does not read messages.
pub(super) const COPIES: &str = "chat.events";

/// Copies for others, and what is not of the log.
const OTHERS: [Kept; 2] = [Kept { name: COPIES, cleanup: "delete" }, Kept { name: STATUS, cleanup: "compact" }];

/// How long a record is kept: seven days, in milliseconds.
const RETENTION: u64 = 604_800_000;

/// A topic, and what becomes of its old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) name: &'static str,
    pub(super) cleanup: &'static str,
}

/// All topics.
pub(super) fn all() -> impl Iterator<Item = Kept> {
    Topic::ALL.into_iter().map(|topic| Kept { name: topic.name(), cleanup: "delete" }).chain(OTHERS)
}

impl Kept {
    /// With what the brokers are told when it is made, in so many copies.
    pub(super) fn configuration(self, replication: i32) -> [(&'static str, String); 4] {
        [
            ("cleanup.policy", self.cleanup.to_owned()),
            ("min.insync.replicas", if replication >= 3 { "2" } else { "1" }.to_owned()),
            ("retention.ms", RETENTION.to_string()),
            // The times of records are those of their events, which may be older than this when a topic is filled again.
            ("message.timestamp.type", "CreateTime".to_owned()),
        ]
    }
}
