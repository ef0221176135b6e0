//! What people are told, and what of it they have read.

use domain::inbox::{InboxEvent, NotificationType};
use domain::{Envelope, Event, FriendshipId, MessageId, NotificationId, RoomId, Timestamp, UserId, Version};

/// What an event changes in somebody's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxChanged {
    pub user: UserId,
    pub version: Version,
    pub at: Timestamp,
    pub told: Option<Told>,
    /// Those that are read from now on.
    pub read: Vec<NotificationId>,
    /// Of those that are read, the ones made before then go.
    pub pruned: Option<Timestamp>,
}

/// What somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    pub notification: NotificationId,
    pub notification_type: NotificationType,
    pub actor: UserId,
    pub room: Option<RoomId>,
    pub message: Option<MessageId>,
    pub room_version: Option<Version>,
    pub friendship: Option<FriendshipId>,
}

pub(super) fn changed(event: &Envelope<Event>, said: &InboxEvent) -> InboxChanged {
    let (user, version, at) = (UserId(event.stream.id), event.version, event.recorded_at);
    let same = InboxChanged { user, version, at, told: None, read: vec![], pruned: None };
    match said {
        InboxEvent::Notified {
            notification,
            notification_type,
            actor,
            room,
            message,
            room_version,
            friendship,
            ..
        } => {
            let told = Told {
                notification: *notification,
                notification_type: *notification_type,
                actor: *actor,
                room: *room,
                message: *message,
                room_version: *room_version,
                friendship: *friendship,
            };
            InboxChanged { told: Some(told), ..same }
        }
        InboxEvent::NotificationsRead { notifications, .. } => InboxChanged { read: notifications.clone(), ..same },
        InboxEvent::NotificationsPruned { before } => {
            InboxChanged { pruned: Some(Timestamp(i64::try_from(*before).unwrap_or(i64::MAX))), ..same }
        }
        // Whatever was unread was read just before.
        InboxEvent::InboxErased {} => InboxChanged { pruned: Some(Timestamp(i64::MAX)), ..same },
        InboxEvent::RoomMuted { .. } | InboxEvent::RoomUnmuted { .. } => same,
    }
}
