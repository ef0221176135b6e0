//! What somebody is told of by themselves, without looking: one inbox a person.
//!
//! Whoever tells goes through the log in order, and begins again somewhere behind when it was broken off. So that nothing is told
//! twice, an inbox keeps where the last cause stood. Of messages only the first of a room is told; later ones rest on it, also
//! when it is read: so it keeps, for each room, up to where that holds.

mod end_request;
mod erase;
mod error;
mod event;
#[cfg(test)]
mod given;
mod matter;
mod mute;
mod notify;
mod read;
mod read_all;
mod read_room;
mod take_back;
mod unmute;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use end_request::EndRequest;
pub use erase::EraseInbox;
pub use error::InboxError;
pub use event::{InboxEvent, NotificationType};
pub use matter::{Matter, Said};
pub use mute::Mute;
pub use notify::Notify;
pub use read::Read;
pub use read_all::ReadAll;
pub use read_room::ReadRoom;
pub use take_back::TakeBack;
pub use unmute::Unmute;

use crate::aggregate::aggregate;
use crate::{Decide, FriendshipId, HasPersonal, Kind, NotificationId, PersonalField, Position, RoomId, Version};

/// The most that can be unread: with one more the oldest becomes read.
pub const MOST_UNREAD: usize = 1000;
/// The most rooms that somebody can mute.
pub const MOST_MUTED: usize = 1000;
/// Of so many rooms it is known up to where they are settled. More than that are not read while whoever tells is behind.
const MOST_SETTLED: usize = 256;
/// So many are made before it is asked again to forget old ones.
const PRUNED_EVERY: u32 = 100;

/// What an inbox's commands are decided on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// The position of the last cause that was told.
    told: Position,
    /// Oldest first. Shared, because the state is copied for every batch of commands.
    unread: Arc<Vec<Unread>>,
    /// The messages of a room up to this position are told, or were read.
    settled: BTreeMap<RoomId, Position>,
    muted: Arc<BTreeSet<RoomId>>,
    /// How many were made since old ones were forgotten.
    since_pruned: u32,
    /// Whether its owner's account is deleted.
    erased: bool,
    #[serde(skip)]
    known: BTreeSet<NotificationId>,
}

/// Something that was told and is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Unread {
    notification: NotificationId,
    notification_type: NotificationType,
    room: Option<RoomId>,
    /// The room's version that it is about.
    version: Option<Version>,
    friendship: Option<FriendshipId>,
}

/// What can be asked of an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxCommand {
    Notify(Notify),
    Read(Read),
    ReadAll(ReadAll),
    ReadRoom(ReadRoom),
    TakeBack(TakeBack),
    EndRequest(EndRequest),
    Mute(Mute),
    Unmute(Unmute),
    Erase(EraseInbox),
}

aggregate!(Inbox, InboxCommand, InboxEvent, InboxError);

impl Inbox {
    /// The version of the first unread message of `room`, if there is one that was told.
    #[must_use]
    pub fn message_of(&self, room: RoomId) -> Option<Version> {
        let of_room = |unread: &&Unread| unread.is_message() && unread.room == Some(room);
        self.unread.iter().find(of_room).and_then(|unread| unread.version)
    }

    /// Whether something is unread that was told of what happened to `room` at this version of it.
    #[must_use]
    pub fn has_unread_of(&self, room: RoomId, version: Version) -> bool {
        self.unread.iter().any(|unread| unread.is_of(room) && unread.version == Some(version))
    }

    /// That somebody asks to be a friend, if it is not read yet.
    fn request_of(&self, friendship: FriendshipId) -> Option<NotificationId> {
        let is_request = |unread: &&Unread| unread.notification_type == NotificationType::FriendRequest;
        let mut requests = self.unread.iter().filter(is_request);
        requests.find(|unread| unread.friendship == Some(friendship)).map(|unread| unread.notification)
    }

    fn is_unread(&self, notification: NotificationId) -> bool {
        self.unread.iter().any(|unread| unread.notification == notification)
    }

    /// What is `done` with becomes read; where the message of a room is among it, the `next` one takes its place.
    fn settle(&self, done: &[&Unread], settled: Position, next: Option<Notify>) -> Vec<InboxEvent> {
        if done.is_empty() {
            return vec![];
        }
        let notifications = done.iter().map(|unread| unread.notification).collect();
        let moves_on = done.iter().any(|unread| unread.is_message());
        let next = next.filter(|next| moves_on && matches!(next.matter, Matter::Message(_)) && !next.is_muted(self));
        let read = InboxEvent::NotificationsRead { notifications, settled };
        std::iter::once(read).chain(next.map(|next| next.notified())).collect()
    }

    fn take_in(&mut self, event: InboxEvent) {
        match event {
            InboxEvent::Notified { notification, notification_type, room, room_version, friendship, cause, .. } => {
                self.told = self.told.max(cause);
                self.since_pruned += 1;
                let unread = Unread { notification, notification_type, room, version: room_version, friendship };
                Arc::make_mut(&mut self.unread).push(unread);
            }
            InboxEvent::NotificationsRead { notifications, settled } => self.lose(&notifications, settled),
            InboxEvent::RoomMuted { room } => _ = Arc::make_mut(&mut self.muted).insert(room),
            InboxEvent::RoomUnmuted { room } => _ = Arc::make_mut(&mut self.muted).remove(&room),
            InboxEvent::NotificationsPruned { .. } => self.since_pruned = 0,
            InboxEvent::InboxErased {} => *self = Self { erased: true, ..Self::default() },
        }
    }

    fn lose(&mut self, read: &[NotificationId], settled: Position) {
        let read: BTreeSet<_> = read.iter().collect();
        let is_read = |unread: &&Unread| read.contains(&unread.notification);
        for message in self.unread.iter().filter(is_read).filter(|unread| unread.is_message()) {
            if let Some(room) = message.room {
                let up_to = self.settled.entry(room).or_default();
                *up_to = settled.max(*up_to);
            }
        }
        Arc::make_mut(&mut self.unread).retain(|unread| !read.contains(&unread.notification));
        while self.settled.len() > MOST_SETTLED
            && let Some((room, _)) = self.settled.iter().min_by_key(|(_, up_to)| **up_to)
        {
            let room = *room;
            self.settled.remove(&room);
        }
    }
}

impl Unread {
    fn is_message(&self) -> bool {
        self.notification_type == NotificationType::Message
    }

    fn is_of(&self, room: RoomId) -> bool {
        self.room == Some(room)
    }
}

impl Decide for Inbox {
    const KIND: Kind = Kind::Inbox;
    const SNAPSHOT_SHAPE: u16 = 2;

    fn decide(&self, command: &InboxCommand) -> Result<Vec<InboxEvent>, InboxError> {
        if self.erased {
            return Ok(vec![]);
        }
        match command {
            InboxCommand::Notify(command) => Ok(command.decide(self)),
            InboxCommand::Read(command) => command.decide(self),
            InboxCommand::ReadAll(command) => Ok(command.decide(self)),
            InboxCommand::ReadRoom(command) => Ok(command.decide(self)),
            InboxCommand::TakeBack(command) => Ok(command.decide(self)),
            InboxCommand::EndRequest(command) => Ok(command.decide(self)),
            InboxCommand::Mute(command) => command.decide(self),
            InboxCommand::Unmute(command) => Ok(command.decide(self)),
            InboxCommand::Erase(command) => Ok(command.decide(self)),
        }
    }

    fn subject(event: &InboxEvent, own: Uuid) -> Uuid {
        match event {
            InboxEvent::Notified { notification, .. } => notification.0,
            _ => own,
        }
    }

    /// One that is not unread may have been read already, or never have been.
    fn unjudged(&self, command: &InboxCommand) -> Option<Uuid> {
        let InboxCommand::Read(Read { notification, .. }) = command else { return None };
        (!self.is_unread(*notification) && !self.known.contains(notification)).then_some(notification.0)
    }

    fn judge(&mut self, part: Uuid, history: Vec<InboxEvent>) {
        // What is about no notification has the inbox' own id as its subject, which is no notification's.
        if history.iter().any(|event| matches!(event, InboxEvent::Notified { .. })) {
            self.known.insert(NotificationId(part));
        }
    }

    fn forget_parts(&mut self) {
        self.known = BTreeSet::new();
    }
}

impl HasPersonal for Inbox {
    fn visit_personal(&mut self, _visit: &mut dyn FnMut(&mut dyn PersonalField)) {}
}
