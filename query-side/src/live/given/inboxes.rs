//! Inboxes of the world in memory.

use std::sync::Arc;

use async_trait::async_trait;
use domain::inbox::InboxEvent;
use domain::{Envelope, Event, InboxId, NotificationId, StreamId, UserId, Version};

use super::House;
use super::models::Known;
use crate::ports::{InboxChange, InboxNotice, InboxNotices, InboxState, Inboxes, Unavailable, Watched};

impl Known {
    fn of_inbox(&self, user: UserId) -> impl Iterator<Item = (&Arc<Envelope>, &InboxEvent)> {
        let inbox = StreamId::from(InboxId::of(user));
        self.events.iter().filter(move |event| event.stream == inbox).filter_map(|event| match &event.payload {
            Event::Inbox(said) => Some((event, said)),
            _ => None,
        })
    }

    fn is_read(&self, user: UserId, id: NotificationId) -> bool {
        self.of_inbox(user).any(|(_, said)| match said {
            InboxEvent::NotificationsRead { notifications, .. } => notifications.contains(&id),
            _ => false,
        })
    }

    fn notice(&self, user: UserId, event: &Envelope, said: &InboxEvent) -> Option<InboxNotice> {
        let InboxEvent::Notified {
            notification,
            notification_type,
            actor,
            room,
            message,
            room_version,
            friendship,
            ..
        } = said
        else {
            return None;
        };
        Some(InboxNotice {
            version: event.version,
            id: *notification,
            notification_type: *notification_type,
            actor: *actor,
            room: *room,
            message: *message,
            room_version: *room_version,
            friendship: *friendship,
            is_read: self.is_read(user, *notification),
            created_at: event.recorded_at,
            text: None,
            is_member: true,
        })
    }
}

#[async_trait]
impl Inboxes for Known {
    async fn notices(&self, user: UserId, which: InboxNotices) -> Result<Vec<InboxNotice>, Unavailable> {
        let all = self.of_inbox(user).filter_map(|(event, said)| self.notice(user, event, said));
        let mut notices: Vec<_> = all
            .filter(|notice| which.before.is_none_or(|before| notice.version < before))
            .filter(|notice| !(which.is_unread && notice.is_read))
            .collect();
        notices.reverse();
        notices.truncate(which.limit as usize);
        Ok(notices)
    }

    async fn unread(&self, user: UserId) -> Result<u64, Unavailable> {
        let all = self.of_inbox(user).filter_map(|(event, said)| self.notice(user, event, said));
        Ok(all.filter(|notice| !notice.is_read).count() as u64)
    }

    async fn inbox(&self, user: UserId) -> Result<InboxState, Unavailable> {
        let events = || self.of_inbox(user);
        let pruned = events().filter(|(_, said)| matches!(said, InboxEvent::NotificationsPruned { .. }));
        let last = |(event, _): (&Arc<Envelope>, &InboxEvent)| event.version;
        Ok(InboxState { version: events().map(last).max().unwrap_or(0), pruned: pruned.map(last).max().unwrap_or(0) })
    }

    async fn inbox_changes(
        &self,
        user: UserId,
        after: Version,
        up_to: Version,
    ) -> Result<Vec<(Version, InboxChange)>, Unavailable> {
        let within = self.of_inbox(user).filter(|(event, _)| event.version > after && event.version <= up_to);
        let change = |(event, said): (&Arc<Envelope>, &InboxEvent)| match said {
            InboxEvent::NotificationsRead { notifications, .. } => {
                Some((event.version, InboxChange::Read(notifications.clone())))
            }
            said => Some((event.version, InboxChange::Told(Box::new(self.notice(user, event, said)?)))),
        };
        Ok(within.filter_map(change).collect())
    }
}

/// Nobody asks here.
impl Watched for House {
    fn came(&self, _: UserId, _: domain::RoomId) {}

    fn went(&self, _: UserId, _: domain::RoomId) {}
}
