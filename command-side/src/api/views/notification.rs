//! Notifications as they are made of the event that told of them.

use domain::inbox::InboxEvent;
use domain::{Envelope, Event};

use super::NotificationView;

impl NotificationView {
    /// What `event` told, unread and without a preview; none if it told nothing.
    #[must_use]
    pub fn told(event: &Envelope) -> Option<Self> {
        let Event::Inbox(InboxEvent::Notified {
            notification,
            notification_type,
            actor,
            room,
            message,
            friendship,
            ..
        }) = event.payload
        else {
            return None;
        };
        Some(Self {
            id: notification,
            notification_type,
            actor_id: actor,
            room_id: room,
            message_id: message,
            friendship_id: friendship,
            preview: None,
            is_read: false,
            created_at: event.recorded_at,
        })
    }
}
