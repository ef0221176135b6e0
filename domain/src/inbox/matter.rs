//! What there is to tell.

use super::NotificationType;
use crate::{FriendshipId, MessageId, RoomId, Version};

/// A message, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub room: RoomId,
    pub message: MessageId,
    /// The room's version at which it was sent.
    pub version: Version,
}

/// What somebody is to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    FriendRequest(FriendshipId),
    FriendAccepted(FriendshipId),
    /// They are in a room since that version of it.
    RoomInvited(RoomId, Version),
    Message(Said),
    Mention(Said),
}

impl Matter {
    /// Of which type the notification is.
    #[must_use]
    pub const fn notification_type(&self) -> NotificationType {
        match self {
            Self::FriendRequest(_) => NotificationType::FriendRequest,
            Self::FriendAccepted(_) => NotificationType::FriendAccepted,
            Self::RoomInvited(..) => NotificationType::RoomInvited,
            Self::Message(_) => NotificationType::Message,
            Self::Mention(_) => NotificationType::Mention,
        }
    }

    /// The room that it is about, and the room's version.
    #[must_use]
    pub const fn room(&self) -> Option<(RoomId, Version)> {
        match *self {
            Self::RoomInvited(room, version) => Some((room, version)),
            Self::Message(Said { room, version, .. }) | Self::Mention(Said { room, version, .. }) => {
                Some((room, version))
            }
            Self::FriendRequest(_) | Self::FriendAccepted(_) => None,
        }
    }

    pub(super) const fn message(&self) -> Option<MessageId> {
        match *self {
            Self::Message(said) | Self::Mention(said) => Some(said.message),
            _ => None,
        }
    }

    pub(super) const fn friendship(&self) -> Option<FriendshipId> {
        match *self {
            Self::FriendRequest(friendship) | Self::FriendAccepted(friendship) => Some(friendship),
            _ => None,
        }
    }
}
