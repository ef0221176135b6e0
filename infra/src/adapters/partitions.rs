//! How the log is cut into partitions, and which one an event belongs to.

use domain::event::{key, subject};
use domain::{Event, Kind, RoomId, StreamId, UserId};
use projections::ports::{Entry, Partition};
use uuid::Uuid;

/// The event store itself, read in position order. What is folded from it holds for every other partition too.
pub const THE_STORE: Partition = 0;
/// From the first partition of one topic to the first of the next: numbers stay what they are when a topic grows.
const STRIDE: Partition = 1_000;

/// How the log is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partitions {
    /// Not at all: the event store is the log.
    One,
    /// Into topics of so many partitions each.
    Topics(u32),
}

/// The topics that together hold every event once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    User,
    Friend,
    Message,
    Notification,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::User, Self::Friend, Self::Message, Self::Notification];

    /// Its name on the broker.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user.events",
            Self::Friend => "friend.events",
            Self::Message => "message.events",
            Self::Notification => "notification.events",
        }
    }

    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::User,
            Kind::Friendship => Self::Friend,
            Kind::Room | Kind::ReadCursor => Self::Message,
            Kind::Inbox => Self::Notification,
        }
    }

    const fn number(self) -> Partition {
        match self {
            Self::User => 1,
            Self::Friend => 2,
            Self::Message => 3,
            Self::Notification => 4,
        }
    }
}

impl Partitions {
    /// All of them, in order.
    #[must_use]
    pub fn all(self) -> Vec<Partition> {
        match self {
            Self::One => vec![THE_STORE],
            Self::Topics(each) => {
                Topic::ALL.into_iter().flat_map(|topic| (0..each).map(move |index| number(topic, index))).collect()
            }
        }
    }

    /// The partition of the events of `stream` about `subject`.
    #[must_use]
    pub fn of(self, stream: StreamId, subject: Uuid) -> Partition {
        self.of_key(Topic::of(stream.kind), key(stream, subject))
    }

    /// The partition of an event that is read.
    #[must_use]
    pub fn of_event(self, stream: StreamId, event: &Event) -> Partition {
        self.of(stream, subject(event, stream.id))
    }

    /// The partition of an entry of a log; of one that can not be read, as far as its stream tells.
    #[must_use]
    pub fn of_entry(self, entry: &Entry) -> Partition {
        match entry {
            Entry::Event(event) => self.of_event(event.stream, &event.payload),
            Entry::Unreadable(event) => self.of(event.stream, event.stream.id),
        }
    }

    /// The partition of what happens in `room`.
    #[must_use]
    pub fn of_room(self, room: RoomId) -> Partition {
        self.of_key(Topic::Message, room.0)
    }

    /// The partition of what `user` is told.
    #[must_use]
    pub fn of_inbox(self, user: UserId) -> Partition {
        self.of_key(Topic::Notification, user.0)
    }

    fn of_key(self, topic: Topic, key: Uuid) -> Partition {
        match self {
            Self::One => THE_STORE,
            Self::Topics(each) => number(topic, index_of(key, each)),
        }
    }
}

/// The topic of a partition and its index there; nothing for the store itself.
#[must_use]
pub fn topic_of(partition: Partition) -> Option<(Topic, u32)> {
    let topic = Topic::ALL.into_iter().find(|topic| topic.number() == partition / STRIDE)?;
    Some((topic, partition % STRIDE))
}

/// The partition of `topic` with this index.
#[must_use]
pub const fn number(topic: Topic, index: u32) -> Partition {
    topic.number() * STRIDE + index
}

/// Which of `each` partitions a key belongs to: FNV-1a of its 16 bytes. The only place where this is decided; another answer for
/// the same key would break the order of its events.
#[must_use]
pub fn index_of(key: Uuid, each: u32) -> u32 {
    let hash = key
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    u32::try_from(hash % u64::from(each.max(1))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_where_it_is_from_release_to_release() {
        let key = Uuid::from_u128(0x0192_1c5e_7a00_7000_8000_0000_0000_0001);
        assert_eq!([1, 6, 12, 100].map(|each| index_of(key, each)), KNOWN);
    }

    const KNOWN: [u32; 4] = [0, 3, 9, 57];

    #[test]
    fn keys_spread_over_all_partitions() {
        let mut counts = [0_u32; 12];
        (0..12_000_u128).for_each(|n| counts[index_of(Uuid::from_u128(n << 64 | 7), 12) as usize] += 1);
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_partition_is_known_by_its_number() {
        for partition in Partitions::Topics(6).all() {
            let (topic, index) = topic_of(partition).expect("of a topic");
            assert_eq!(number(topic, index), partition);
        }
        assert_eq!(topic_of(THE_STORE), None);
    }
}
