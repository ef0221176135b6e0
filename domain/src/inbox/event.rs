//! What happens in an inbox.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aggregate::event_names;
use crate::event::{Upcast, shape_in};
use crate::{FriendshipId, HasPersonal, MessageId, NotificationId, PersonalField, Position, RoomId, UserId, Version};

/// What somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationType {
    FriendRequest,
    FriendAccepted,
    RoomInvited,
    Message,
    Mention,
}

impl NotificationType {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FriendRequest => "friend_request",
            Self::FriendAccepted => "friend_accepted",
            Self::RoomInvited => "room_invited",
            Self::Message => "message",
            Self::Mention => "mention",
        }
    }
}

/// An event of an inbox's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboxEvent {
    /// What was said is not in it, only where: it may be edited or deleted.
    Notified {
        notification: NotificationId,
        notification_type: NotificationType,
        /// Whoever asked, accepted, invited or wrote.
        actor: UserId,
        room: Option<RoomId>,
        message: Option<MessageId>,
        /// The room's version at which that happened.
        room_version: Option<Version>,
        friendship: Option<FriendshipId>,
        /// The position of what caused it.
        cause: Position,
    },
    /// What other messages their rooms hold up to the position `settled` is not told any more.
    NotificationsRead {
        notifications: Vec<NotificationId>,
        settled: Position,
    },
    RoomMuted {
        room: RoomId,
    },
    RoomUnmuted {
        room: RoomId,
    },
    /// Those are gone that are read and were made before then, in milliseconds since 1970.
    NotificationsPruned {
        before: u64,
    },
    /// The owner's account is deleted: all of them are gone, and they are told of nothing any more.
    InboxErased {},
}

event_names!(InboxEvent {
    Notified: 1,
    NotificationsRead: 1,
    RoomMuted: 1,
    RoomUnmuted: 1,
    NotificationsPruned: 1,
    InboxErased: 1,
});

impl Upcast for InboxEvent {
    fn newest_shape(event_type: &str) -> u16 {
        shape_in(Self::SHAPES, event_type)
    }

    fn upcast(_event_type: &str, _shape: u16, payload: Value) -> Value {
        payload
    }
}

impl HasPersonal for InboxEvent {
    fn visit_personal(&mut self, _visit: &mut dyn FnMut(&mut dyn PersonalField)) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_as_it_is_named() {
        use NotificationType::{FriendAccepted, FriendRequest, Mention, Message, RoomInvited};
        for known in [FriendRequest, FriendAccepted, RoomInvited, Message, Mention] {
            assert_eq!(serde_json::to_value(known).expect("a word"), known.as_str());
        }
    }
}
