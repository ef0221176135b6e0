//! Ids: opaque to clients, UUIDs inside. New ones are UUIDv7 and made by the caller; what a pair
//! shares is derived from it (UUIDv5), so that a pair has one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::inbox::NotificationType;
use crate::{Version, older};

/// With how an id of the system before this one is read, where there was one.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name, none);
    };
    ($(#[$doc:meta])* $name:ident, $older:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                older::$older(text).map_or_else(|| text.parse(), Ok).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A person.
    UserId, user
);
id!(
    /// What stands between two people; derived from the unordered pair.
    FriendshipId
);
id!(
    /// A conversation; a direct one's id is derived from the unordered pair.
    RoomId, room
);
id!(
    /// One message in a room.
    MessageId, message
);
id!(
    /// How far one member has read one room; derived from both.
    ReadCursorId
);
id!(
    /// What one person is told of; of the same number as the person.
    InboxId
);
id!(
    /// One thing that somebody was told of; derived from whom, of what and because of which event.
    NotificationId
);
id!(
    /// One event of the log.
    EventId
);
id!(
    /// One login of one person.
    SessionId
);

const FRIENDSHIPS: Uuid = Uuid::from_u128(0x6f1c_2f5e_0d3b_4c57_9a55_6b1d_0b6a_0001);
const DIRECT_ROOMS: Uuid = Uuid::from_u128(0x6f1c_2f5e_0d3b_4c57_9a55_6b1d_0b6a_0002);
const READ_CURSORS: Uuid = Uuid::from_u128(0x6f1c_2f5e_0d3b_4c57_9a55_6b1d_0b6a_0003);
const NOTIFICATIONS: Uuid = Uuid::from_u128(0x6f1c_2f5e_0d3b_4c57_9a55_6b1d_0b6a_0004);

impl FriendshipId {
    /// The one friendship that `a` and `b` can have, whoever asks.
    #[must_use]
    pub fn between(a: UserId, b: UserId) -> Self {
        Self(of_pair(FRIENDSHIPS, a.min(b).0, a.max(b).0))
    }
}

impl RoomId {
    /// The one direct room that `a` and `b` can have, whoever opens it.
    #[must_use]
    pub fn direct(a: UserId, b: UserId) -> Self {
        Self(of_pair(DIRECT_ROOMS, a.min(b).0, a.max(b).0))
    }
}

impl ReadCursorId {
    /// The read cursor of `user` in `room`.
    #[must_use]
    pub fn of(room: RoomId, user: UserId) -> Self {
        Self(of_pair(READ_CURSORS, room.0, user.0))
    }
}

impl InboxId {
    /// The inbox of `user`.
    #[must_use]
    pub const fn of(user: UserId) -> Self {
        Self(user.0)
    }
}

impl NotificationId {
    /// What `user` is told because of `event`: one of each type.
    #[must_use]
    pub fn of(user: UserId, event: EventId, notification_type: NotificationType) -> Self {
        let pair = of_pair(NOTIFICATIONS, user.0, event.0);
        Self(Uuid::new_v5(&pair, notification_type.as_str().as_bytes()))
    }
}

/// What a timeline tells at a version of a room: it has a place among the messages, but no event of its own to be edited,
/// deleted or reacted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeId {
    pub room: RoomId,
    pub version: Version,
}

impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.room, self.version)
    }
}

impl FromStr for NoticeId {
    type Err = UnknownNotice;

    fn from_str(text: &str) -> Result<Self, UnknownNotice> {
        let read = || {
            let (room, version) = text.split_once(':')?;
            Some(Self { room: room.parse().ok()?, version: version.parse().ok()? })
        };
        read().ok_or_else(|| UnknownNotice(text.to_owned()))
    }
}

/// No id of what a timeline tells.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no id of what a timeline tells")]
pub struct UnknownNotice(pub String);

fn of_pair(namespace: Uuid, first: Uuid, second: Uuid) -> Uuid {
    let mut name = [0; 32];
    name[..16].copy_from_slice(first.as_bytes());
    name[16..].copy_from_slice(second.as_bytes());
    Uuid::new_v5(&namespace, &name)
}

/// The types of aggregate, as they stand in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    User,
    Friendship,
    Room,
    ReadCursor,
    Inbox,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::User, Self::Friendship, Self::Room, Self::ReadCursor, Self::Inbox];

    /// The name in the store's `aggregate_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Friendship => "Friendship",
            Self::Room => "Room",
            Self::ReadCursor => "ReadCursor",
            Self::Inbox => "Inbox",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// A stream type that this release does not know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown aggregate type {0:?}")]
pub struct UnknownKind(pub String);

/// One aggregate's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamId {
    pub kind: Kind,
    pub id: Uuid,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.as_str(), self.id)
    }
}

macro_rules! stream_of {
    ($($id:ident => $kind:ident),*) => {$(
        impl From<$id> for StreamId {
            fn from(id: $id) -> Self {
                Self { kind: Kind::$kind, id: id.0 }
            }
        }
    )*};
}
stream_of!(UserId => User, FriendshipId => Friendship, RoomId => Room, ReadCursorId => ReadCursor, InboxId => Inbox);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{ANN, BOB, CID};

    #[test]
    fn a_pair_has_one_friendship_and_one_direct_room_in_whichever_order() {
        assert_eq!(FriendshipId::between(ANN, BOB), FriendshipId::between(BOB, ANN));
        assert_eq!(RoomId::direct(ANN, BOB), RoomId::direct(BOB, ANN));
        assert_ne!(RoomId::direct(ANN, BOB).0, FriendshipId::between(ANN, BOB).0);
    }

    #[test]
    fn other_pairs_have_others() {
        assert_ne!(FriendshipId::between(ANN, BOB), FriendshipId::between(ANN, CID));
        assert_ne!(RoomId::direct(ANN, BOB), RoomId::direct(BOB, CID));
    }

    #[test]
    fn each_member_has_a_read_cursor_in_each_room() {
        let (here, there) = (RoomId::direct(ANN, BOB), RoomId::direct(ANN, CID));
        assert_ne!(ReadCursorId::of(here, ANN), ReadCursorId::of(here, BOB));
        assert_ne!(ReadCursorId::of(here, ANN), ReadCursorId::of(there, ANN));
    }

    #[test]
    fn each_event_tells_everybody_one_thing_of_a_type() {
        use NotificationType::{Mention, Message};
        let (one, other) = (EventId(Uuid::from_u128(1)), EventId(Uuid::from_u128(2)));
        assert_eq!(NotificationId::of(ANN, one, Message), NotificationId::of(ANN, one, Message));
        assert_ne!(NotificationId::of(ANN, one, Message), NotificationId::of(BOB, one, Message));
        assert_ne!(NotificationId::of(ANN, one, Message), NotificationId::of(ANN, other, Message));
        assert_ne!(NotificationId::of(ANN, one, Message), NotificationId::of(ANN, one, Mention));
    }

    /// Streams lie under derived ids: a release that derived others would not find them again.
    #[test]
    fn derived_ids_never_change() {
        assert_eq!(FriendshipId::between(ANN, BOB).to_string(), "3d7f2d91-4ffb-5a4d-8cf7-6cf506ee4bfc");
        assert_eq!(RoomId::direct(ANN, BOB).to_string(), "5a87e7fa-fe23-53f0-a101-68ab053c68f6");
        assert_eq!(ReadCursorId::of(RoomId::direct(ANN, BOB), ANN).to_string(), "13ae4183-5f2c-56ac-b210-385233df85db");
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("Basket".parse::<Kind>(), Err(UnknownKind("Basket".to_owned())));
    }

    #[test]
    fn a_stream_is_shown_with_its_kind() {
        assert_eq!(StreamId::from(ANN).to_string(), "User/00000000-0000-0000-0000-000000000001");
    }

    #[test]
    fn what_is_told_is_named_by_its_room_and_version() {
        let id = NoticeId { room: RoomId::direct(ANN, BOB), version: 7 };
        assert_eq!(id.to_string(), "5a87e7fa-fe23-53f0-a101-68ab053c68f6:7");
        assert_eq!(id.to_string().parse(), Ok(id));
        for other in ["", ":", "x:7", "5a87e7fa-fe23-53f0-a101-68ab053c68f6:-1", "5a87e7fa-fe23-53f0-a101-68ab053c68f6"]
        {
            assert_eq!(other.parse::<NoticeId>(), Err(UnknownNotice(other.to_owned())));
        }
    }
}
