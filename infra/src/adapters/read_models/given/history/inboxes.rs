//! What people are told, and what of it they read.

use domain::inbox::{InboxEvent, NotificationType};
use domain::{EventId, InboxId, NotificationId, RoomId, UserId};
use uuid::Uuid;

use super::{Story, message, user};

impl Story {
    pub(super) fn inbox(&mut self, of: RoomId, who: UserId) {
        let inbox = InboxId::of(who);
        if self.is_erased(inbox, who) {
            return;
        }
        if self.any(60) == 0 {
            let notifications = self.unread.remove(&who).unwrap_or_default();
            self.record(inbox, InboxEvent::NotificationsRead { notifications, settled: self.events.len() as u64 });
            return self.erase(inbox, who, InboxEvent::InboxErased {});
        }
        let unread = self.unread.entry(who).or_default().len() as u64;
        let said = match self.any(8) {
            0 => InboxEvent::RoomMuted { room: of },
            1 => InboxEvent::NotificationsPruned { before: 1_000 + self.any(1 + self.events.len() as u64) },
            2 | 3 if unread > 0 => {
                let some = usize::try_from(1 + self.any(unread)).expect("small");
                let notifications = self.unread.entry(who).or_default().drain(..some).collect();
                InboxEvent::NotificationsRead { notifications, settled: self.events.len() as u64 }
            }
            _ => self.told(of, who),
        };
        self.record(inbox, said);
    }

    fn told(&mut self, of: RoomId, who: UserId) -> InboxEvent {
        let cause = self.events.len() as u64;
        let notification_type = match self.any(3) {
            0 => NotificationType::FriendRequest,
            1 => NotificationType::RoomInvited,
            _ => NotificationType::Mention,
        };
        let notification = NotificationId::of(who, EventId(Uuid::from_u128(u128::from(cause))), notification_type);
        self.unread.entry(who).or_default().push(notification);
        let is_of_room = notification_type != NotificationType::FriendRequest;
        let is_mention = notification_type == NotificationType::Mention;
        InboxEvent::Notified {
            notification,
            notification_type,
            actor: user(self.any(super::PEOPLE)),
            room: is_of_room.then_some(of),
            message: is_mention.then(|| message(of, 1)),
            room_version: is_of_room.then_some(2),
            friendship: (!is_of_room).then(|| domain::FriendshipId::between(who, user(0))),
            cause,
        }
    }
}
