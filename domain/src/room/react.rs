//! A member reacts to a message with an emoji, or takes that back.

use super::message::Message;
use super::{Room, RoomError, RoomEvent};
use crate::{MessageId, UserId, text};

/// The most reactions that one member can leave on one message.
const MOST_REACTIONS: usize = 20;

/// Adds a reaction; one that stands already changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct React {
    pub by: UserId,
    pub message_id: MessageId,
    pub emoji: String,
    /// Whether the two of a direct room have a block between them.
    pub blocked: bool,
}

impl React {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let message = judged(room, self.by, self.message_id, &self.emoji)?;
        if self.blocked {
            return Err(RoomError::Blocked);
        }
        if message.deleted {
            return Err(RoomError::ReactionToDeleted);
        }
        if message.reactions.contains(&(self.by, self.emoji.clone())) {
            return Ok(vec![]);
        }
        if message.reactions.iter().filter(|(user, _)| *user == self.by).count() >= MOST_REACTIONS {
            return Err(RoomError::TooManyReactions);
        }
        let (message_id, user, emoji) = (self.message_id, self.by, self.emoji.clone());
        Ok(vec![RoomEvent::ReactionAdded { message_id, user, emoji }])
    }
}

/// Takes one's reaction back; one that does not stand changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreact {
    pub by: UserId,
    pub message_id: MessageId,
    pub emoji: String,
}

impl Unreact {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let message = judged(room, self.by, self.message_id, &self.emoji)?;
        if !message.reactions.contains(&(self.by, self.emoji.clone())) {
            return Ok(vec![]);
        }
        let (message_id, user, emoji) = (self.message_id, self.by, self.emoji.clone());
        Ok(vec![RoomEvent::ReactionRemoved { message_id, user, emoji }])
    }
}

fn judged<'a>(room: &'a Room, by: UserId, message: MessageId, emoji: &str) -> Result<&'a Message, RoomError> {
    room.role_of(by)?;
    text::emoji(emoji).map_err(|reason| RoomError::Text { field: "emoji", reason })?;
    room.message(message)
}
