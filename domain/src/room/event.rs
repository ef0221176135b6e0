//! What happens in a room.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::aggregate::event_names;
use crate::{HasPersonal, MessageId, Personal, PersonalField, UserId};

/// Two people, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomType {
    Direct,
    Group,
}

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageType {
    #[default]
    Text,
    Image,
    File,
}

/// Somebody in a room and what they may do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub user: UserId,
    pub role: Role,
}

/// An event of a room's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RoomEvent {
    RoomOpened {
        room_type: RoomType,
        name: Option<Personal<String>>,
        opened_by: UserId,
        members: Vec<Member>,
    },
    RoomRenamed {
        name: Personal<String>,
        by: UserId,
    },
    MemberJoined {
        user: UserId,
        role: Role,
        added_by: UserId,
    },
    MemberLeft {
        user: UserId,
    },
    MemberRemoved {
        user: UserId,
        removed_by: UserId,
    },
    MemberRoleChanged {
        user: UserId,
        role: Role,
        by: UserId,
    },
    /// The account of somebody who is or was a member is deleted: whatever they wrote here is erased, and they are gone.
    MemberErased {
        user: UserId,
        /// Whether the room's name is theirs, and erased too.
        name: bool,
    },
    RoomClosed {},
    MessageSent {
        message_id: MessageId,
        author: UserId,
        /// The n-th message of the room.
        number: u64,
        content: Personal<String>,
        message_type: MessageType,
        reply_to: Option<MessageId>,
    },
    MessageEdited {
        message_id: MessageId,
        content: Personal<String>,
    },
    MessageDeleted {
        message_id: MessageId,
        deleted_by: UserId,
    },
    ReactionAdded {
        message_id: MessageId,
        user: UserId,
        emoji: String,
    },
    ReactionRemoved {
        message_id: MessageId,
        user: UserId,
        emoji: String,
    },
}

event_names!(RoomEvent {
    RoomOpened: 2,
    RoomRenamed: 1,
    MemberJoined: 1,
    MemberLeft: 1,
    MemberRemoved: 1,
    MemberRoleChanged: 1,
    MemberErased: 1,
    RoomClosed: 1,
    MessageSent: 1,
    MessageEdited: 1,
    MessageDeleted: 1,
    ReactionAdded: 1,
    ReactionRemoved: 1,
});

impl RoomEvent {
    /// The message that it is about, if it is about one.
    #[must_use]
    pub const fn message(&self) -> Option<MessageId> {
        match self {
            Self::MessageSent { message_id, .. }
            | Self::MessageEdited { message_id, .. }
            | Self::MessageDeleted { message_id, .. }
            | Self::ReactionAdded { message_id, .. }
            | Self::ReactionRemoved { message_id, .. } => Some(*message_id),
            _ => None,
        }
    }
}

impl HasPersonal for RoomEvent {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        match self {
            Self::RoomOpened { name: Some(field), .. }
            | Self::RoomRenamed { name: field, .. }
            | Self::MessageSent { content: field, .. }
            | Self::MessageEdited { content: field, .. } => visit(field),
            _ => {}
        }
    }
}
