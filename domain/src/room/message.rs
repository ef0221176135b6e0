//! One message, as far as it must be known to judge what is asked of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Room, RoomError, RoomEvent};
use crate::{MessageId, UserId};

/// A message taken in for judging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) author: UserId,
    pub(super) deleted: bool,
    pub(super) reactions: BTreeSet<(UserId, String)>,
    pub(super) edits: usize,
    /// How often each member ever reacted, whatever was taken back.
    pub(super) reacted: BTreeMap<UserId, usize>,
}

impl Message {
    /// Folds the events about one message; `None` when they do not begin with its sending.
    pub(super) fn fold(history: &[RoomEvent]) -> Option<Self> {
        let (RoomEvent::MessageSent { author, .. }, later) = history.split_first()? else { return None };
        let mut message =
            Self { author: *author, deleted: false, reactions: BTreeSet::new(), edits: 0, reacted: BTreeMap::new() };
        later.iter().for_each(|event| message.take_in(event));
        Some(message)
    }

    pub(super) fn take_in(&mut self, event: &RoomEvent) {
        match event {
            RoomEvent::MessageEdited { .. } => self.edits += 1,
            RoomEvent::MessageDeleted { .. } => self.deleted = true,
            RoomEvent::ReactionAdded { user, emoji, .. } => {
                self.reactions.insert((*user, emoji.clone()));
                *self.reacted.entry(*user).or_default() += 1;
            }
            RoomEvent::ReactionRemoved { user, emoji, .. } => {
                self.reactions.remove(&(*user, emoji.clone()));
            }
            _ => {}
        }
    }
}

impl Room {
    /// The message that a command is about; it was taken in before if it is of this room.
    pub(super) fn message(&self, id: MessageId) -> Result<&Message, RoomError> {
        self.judged.get(&id).ok_or(RoomError::MessageNotFound)
    }
}
