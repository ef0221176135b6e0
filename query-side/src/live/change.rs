//! What an event of a room says, as streams show it.

use command_side::api::views::MessageView;
use domain::room::RoomEvent;
use domain::{Envelope, RoomId, UserId};

use super::frame::Leaver;
use super::seat::End;
use crate::ports::{Change, What};

/// The change that `event` of a room's stream is.
pub(super) fn change_of(event: &Envelope, said: &RoomEvent) -> Change {
    Change { version: event.version, at: event.recorded_at, what: what(event, said) }
}

fn what(event: &Envelope, said: &RoomEvent) -> What {
    match said {
        RoomEvent::MessageSent { .. } => message(event, said).map_or(What::Room, |view| What::Sent(Box::new(view))),
        RoomEvent::MessageEdited { message_id, content } => {
            What::Edited { message: *message_id, content: content.value().cloned() }
        }
        RoomEvent::MessageDeleted { message_id, .. } => What::Deleted { message: *message_id },
        RoomEvent::ReactionAdded { message_id, user, emoji } => {
            What::Reacted { message: *message_id, emoji: emoji.clone(), user: *user, added: true }
        }
        RoomEvent::ReactionRemoved { message_id, user, emoji } => {
            What::Reacted { message: *message_id, emoji: emoji.clone(), user: *user, added: false }
        }
        RoomEvent::MemberJoined { user, role, .. } => What::Joined { user: *user, role: Some(*role) },
        RoomEvent::MemberLeft { user } | RoomEvent::MemberRemoved { user, .. } => What::Left { user: *user },
        RoomEvent::MemberErased { user, .. } => What::Erased { user: *user },
        RoomEvent::RoomOpened { .. }
        | RoomEvent::RoomRenamed { .. }
        | RoomEvent::MemberRoleChanged { .. }
        | RoomEvent::RoomClosed {} => What::Room,
    }
}

fn message(event: &Envelope, said: &RoomEvent) -> Option<MessageView> {
    let RoomEvent::MessageSent { message_id, author, content, message_type, reply_to, .. } = said else { return None };
    Some(MessageView {
        id: *message_id,
        room_id: RoomId(event.stream.id),
        user_id: *author,
        username: None,
        content: content.value().cloned(),
        message_type: *message_type,
        version: event.version,
        reply_to: *reply_to,
        reactions: None,
        is_edited: false,
        edited_at: None,
        is_deleted: false,
        deleted_at: None,
        read_by: None,
        read_count: 0,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
    })
}

/// Whose stream of the room ends with this.
pub(super) const fn leaver(said: &RoomEvent) -> Leaver {
    match said {
        RoomEvent::MemberLeft { user } => Leaver::One(*user, End::Left),
        RoomEvent::MemberRemoved { user, .. } => Leaver::One(*user, End::Removed),
        RoomEvent::RoomClosed {} => Leaver::Everybody(End::RoomClosed),
        _ => Leaver::Nobody,
    }
}

/// Those who come into the room with this.
pub(super) fn joiners(said: &RoomEvent) -> Vec<UserId> {
    match said {
        RoomEvent::RoomOpened { members, .. } => members.iter().map(|member| member.user).collect(),
        RoomEvent::MemberJoined { user, .. } => vec![*user],
        _ => vec![],
    }
}

/// Those whose names a frame shows.
pub(super) fn named(said: &RoomEvent) -> Vec<UserId> {
    match said {
        RoomEvent::MessageSent { author, .. } => vec![*author],
        RoomEvent::MemberLeft { user } | RoomEvent::MemberRemoved { user, .. } => vec![*user],
        RoomEvent::RoomOpened { .. } | RoomEvent::MemberJoined { .. } => joiners(said),
        _ => vec![],
    }
}

/// The same for a change that was read.
pub(super) fn named_in(change: &Change) -> Option<UserId> {
    match &change.what {
        What::Sent(message) => Some(message.user_id),
        What::Joined { user, .. } | What::Left { user } => Some(*user),
        What::Edited { .. } | What::Deleted { .. } | What::Reacted { .. } | What::Erased { .. } | What::Room => None,
    }
}
