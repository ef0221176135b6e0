//! What Bob may have been told of Ann.

use cqrs_es::Aggregate as _;
use uuid::Uuid;

use super::{Inbox, InboxCommand, InboxEvent, Matter, Notify, Said};
pub(super) use crate::given::{ANN, BOB, given};
use crate::{EventId, FriendshipId, MessageId, NotificationId, Position, RoomId, Version};

pub(super) const ROOM: RoomId = RoomId(Uuid::from_u128(9));
pub(super) const OTHER_ROOM: RoomId = RoomId(Uuid::from_u128(8));
pub(super) const FRIENDSHIP: FriendshipId = FriendshipId(Uuid::from_u128(5));
/// What is older can be forgotten.
pub(super) const OLD: u64 = 1_000;

pub(super) fn said(room: RoomId, version: Version) -> Said {
    Said { room, message: MessageId(Uuid::from_u128(0x1000 + u128::from(version))), version }
}

/// A message of the room, sent at this version.
pub(super) fn message(version: Version) -> Matter {
    Matter::Message(said(ROOM, version))
}

/// The event at a position.
fn event(cause: Position) -> EventId {
    EventId(Uuid::from_u128(u128::from(cause)))
}

pub(super) fn id(cause: Position, matter: Matter) -> NotificationId {
    NotificationId::of(BOB, event(cause), matter.notification_type())
}

pub(super) fn notice(cause: Position, matter: Matter) -> Notify {
    Notify { owner: BOB, event: event(cause), cause, actor: ANN, matter, old: OLD }
}

pub(super) fn notify(cause: Position, matter: Matter) -> InboxCommand {
    InboxCommand::Notify(notice(cause, matter))
}

pub(super) fn notified(cause: Position, matter: Matter) -> InboxEvent {
    notice(cause, matter).notified()
}

pub(super) fn read(notifications: &[(Position, Matter)], settled: Position) -> InboxEvent {
    let notifications = notifications.iter().map(|(cause, matter)| id(*cause, *matter)).collect();
    InboxEvent::NotificationsRead { notifications, settled }
}

/// The inbox after `history`.
pub(super) fn state(history: Vec<InboxEvent>) -> Inbox {
    history.into_iter().fold(Inbox::default(), |mut inbox, event| {
        inbox.apply(event);
        inbox
    })
}
