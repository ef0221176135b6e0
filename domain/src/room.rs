//! A conversation: its members, their roles and, in its stream, its messages.
//!
//! The state stays small: members, settings and the number of the last message. A message that must be judged
//! later (edit, delete, react) is taken in by itself and let go again.

mod access;
mod add_members;
mod change_role;
mod delete_message;
mod edit_message;
mod erase_member;
mod error;
mod event;
#[cfg(test)]
mod given;
mod leave;
mod mentions;
mod message;
mod open;
mod react;
mod remove_member;
mod rename;
mod send_message;
mod upcast;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use access::Role;
pub use add_members::{AddMembers, Invited};
pub use change_role::ChangeRole;
pub use delete_message::DeleteMessage;
pub use edit_message::EditMessage;
pub use erase_member::EraseMember;
pub use error::RoomError;
pub use event::{Member, MessageType, RoomEvent, RoomType};
pub use leave::Leave;
pub use mentions::{MENTIONS, mentioned};
pub use open::{OpenDirect, OpenGroup};
pub use react::{React, Unreact};
pub use remove_member::RemoveMember;
pub use rename::Rename;
pub use send_message::SendMessage;

use crate::aggregate::aggregate;
use crate::{Decide, HasPersonal, Kind, MessageId, Personal, PersonalField, UserId};
use message::Message;

/// The most members that a group can have.
pub const MOST_MEMBERS: usize = 1000;
/// The longest name of a room, in characters.
pub const LONGEST_NAME: usize = 100;
/// The longest message, in characters.
pub const LONGEST_CONTENT: usize = 4000;

/// What a room's commands are decided on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Room {
    pub(crate) room_type: Option<RoomType>,
    pub(crate) name: Option<Personal<String>>,
    /// Everybody who ever was a member; those who are gone have no role. Shared, because the state is copied
    /// for every batch of messages and messages do not change it.
    pub(crate) members: Arc<BTreeMap<UserId, Option<Role>>>,
    pub(crate) last_number: u64,
    /// Those who were members and whose accounts are deleted.
    pub(crate) erased: BTreeSet<UserId>,
    #[serde(skip)]
    judged: HashMap<MessageId, Message>,
}

/// What a member can ask of a room.
#[derive(Clone, Debug, PartialEq)]
pub enum RoomCommand {
    OpenDirect(OpenDirect),
    OpenGroup(OpenGroup),
    Rename(Rename),
    AddMembers(AddMembers),
    RemoveMember(RemoveMember),
    Leave(Leave),
    Erase(EraseMember),
    ChangeRole(ChangeRole),
    Send(SendMessage),
    Edit(EditMessage),
    Delete(DeleteMessage),
    React(React),
    Unreact(Unreact),
}

aggregate!(Room, RoomCommand, RoomEvent, RoomError);

impl Room {
    /// The number of messages that were ever sent here.
    #[must_use]
    pub const fn last_number(&self) -> u64 {
        self.last_number
    }

    /// The two of a direct room, the one who opened it first or not.
    #[must_use]
    pub fn pair(&self) -> Option<(UserId, UserId)> {
        let mut members = self.members.keys();
        match (self.room_type?, members.next(), members.next()) {
            (RoomType::Direct, Some(a), Some(b)) => Some((*a, *b)),
            _ => None,
        }
    }

    fn take_in(&mut self, event: RoomEvent) {
        if let Some(message) = event.message().and_then(|id| self.judged.get_mut(&id)) {
            message.take_in(&event);
        }
        match event {
            RoomEvent::RoomOpened { room_type, name, members, .. } => {
                self.room_type = Some(room_type);
                self.name = name;
                let members = members.into_iter().map(|member| (member.user, Some(member.role)));
                self.members = Arc::new(members.collect());
            }
            RoomEvent::RoomRenamed { name, .. } => self.name = Some(name),
            RoomEvent::MemberJoined { user, role, .. } | RoomEvent::MemberRoleChanged { user, role, .. } => {
                Arc::make_mut(&mut self.members).insert(user, Some(role));
            }
            RoomEvent::MemberLeft { user } | RoomEvent::MemberRemoved { user, .. } => {
                Arc::make_mut(&mut self.members).insert(user, None);
            }
            RoomEvent::MemberErased { user, name } => {
                Arc::make_mut(&mut self.members).insert(user, None);
                self.erased.insert(user);
                self.name = self.name.take().filter(|_| !name);
            }
            RoomEvent::MessageSent { number, .. } => self.last_number = number,
            RoomEvent::RoomClosed {}
            | RoomEvent::MessageEdited { .. }
            | RoomEvent::MessageDeleted { .. }
            | RoomEvent::ReactionAdded { .. }
            | RoomEvent::ReactionRemoved { .. } => {}
        }
    }
}

impl Decide for Room {
    const KIND: Kind = Kind::Room;
    const SNAPSHOT_SHAPE: u16 = 2;

    fn decide(&self, command: &RoomCommand) -> Result<Vec<RoomEvent>, RoomError> {
        match command {
            RoomCommand::OpenDirect(command) => command.decide(self),
            RoomCommand::OpenGroup(command) => command.decide(self),
            RoomCommand::Rename(command) => command.decide(self),
            RoomCommand::AddMembers(command) => command.decide(self),
            RoomCommand::RemoveMember(command) => command.decide(self),
            RoomCommand::Leave(command) => command.decide(self),
            RoomCommand::Erase(command) => command.decide(self),
            RoomCommand::ChangeRole(command) => command.decide(self),
            RoomCommand::Send(command) => command.decide(self),
            RoomCommand::Edit(command) => command.decide(self),
            RoomCommand::Delete(command) => command.decide(self),
            RoomCommand::React(command) => command.decide(self),
            RoomCommand::Unreact(command) => command.decide(self),
        }
    }

    fn subject(event: &RoomEvent, own: Uuid) -> Uuid {
        event.message().map_or(own, |message| message.0)
    }

    fn unjudged(&self, command: &RoomCommand) -> Option<Uuid> {
        let message = match command {
            RoomCommand::Send(command) => command.reply_to?,
            RoomCommand::Edit(command) => command.message_id,
            RoomCommand::Delete(command) => command.message_id,
            RoomCommand::React(command) => command.message_id,
            RoomCommand::Unreact(command) => command.message_id,
            _ => return None,
        };
        (!self.judged.contains_key(&message)).then_some(message.0)
    }

    fn judge(&mut self, part: Uuid, history: Vec<RoomEvent>) {
        if let Some(message) = Message::fold(&history) {
            self.judged.insert(MessageId(part), message);
        }
    }

    fn forget_parts(&mut self) {
        self.judged = HashMap::new();
    }
}

impl HasPersonal for Room {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        if let Some(name) = &mut self.name {
            visit(name);
        }
    }
}
