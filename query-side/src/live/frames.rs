//! The exact text of what a stream sends.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;

use bytes::Bytes;
use command_side::api::views::{MessageView, NotificationView, Participant, Presence};
use command_side::ports::Person;
use domain::room::{Role, RoomType};
use domain::{MessageId, NotificationId, RoomId, Timestamp, UserId, Version};
use serde::Serialize;

use crate::ports::{Change, RoomShape, What};
use crate::queries::pair;

/// The names of those whom frames speak of.
pub(super) type People = HashMap<UserId, Person>;

/// What keeps a silent connection open: a comment.
pub(super) const BEAT: Bytes = Bytes::from_static(b":\n\n");

/// A text to which frames are added.
#[derive(Debug, Default)]
pub(super) struct Text(Vec<u8>);

#[derive(Serialize)]
struct Edited<'a> {
    id: MessageId,
    room_id: RoomId,
    content: Option<&'a str>,
    version: Version,
    edited_at: Timestamp,
}

#[derive(Serialize)]
struct Deleted {
    id: MessageId,
    room_id: RoomId,
    version: Version,
    deleted_at: Timestamp,
}

#[derive(Serialize)]
struct Reaction<'a> {
    id: MessageId,
    room_id: RoomId,
    emoji: &'a str,
    user_id: UserId,
    added: bool,
    version: Version,
}

#[derive(Serialize)]
struct Member<'a> {
    room_id: RoomId,
    user_id: UserId,
    username: Option<&'a str>,
    /// None of somebody who is gone.
    role: Option<Role>,
}

#[derive(Serialize)]
struct Read {
    room_id: RoomId,
    user_id: UserId,
    up_to: Version,
    /// What was read is what stands at or below `up_to`: the event names no messages.
    message_ids: [MessageId; 0],
}

#[derive(Serialize)]
struct Room<'a> {
    id: RoomId,
    room_type: RoomType,
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_1_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_2_id: Option<UserId>,
    participants: &'a [Participant],
    version: Version,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// Whoever shows what this user wrote has to read it anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased_user_id: Option<UserId>,
}

/// A room of which nothing more is known.
#[derive(Serialize)]
struct BareRoom {
    id: RoomId,
    version: Version,
    updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    erased_user_id: Option<UserId>,
}

#[derive(Serialize)]
struct Connected {
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<RoomId>,
}

#[derive(Serialize)]
struct Status {
    user_id: UserId,
    is_online: bool,
    last_seen_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Seen<'a> {
    ids: &'a [NotificationId],
}

#[derive(Serialize)]
struct Closed {
    reason: &'static str,
}

#[derive(Serialize)]
struct Nothing {}

impl Text {
    /// The first frame: from which id the stream goes on, and how long to wait before coming back.
    pub(super) fn connected(&mut self, id: impl std::fmt::Display, room: Option<RoomId>) -> &mut Self {
        self.retry().id(id).event("connected", &Connected { room_id: room })
    }

    /// The first frame of a stream of friends, which has no ids.
    pub(super) fn connected_to_friends(&mut self) -> &mut Self {
        self.retry().event("connected", &Nothing {})
    }

    /// Whether somebody is there.
    pub(super) fn status(&mut self, user_id: UserId, presence: Presence) -> &mut Self {
        let Presence { is_online, last_seen_at } = presence;
        self.event("status", &Status { user_id, is_online, last_seen_at })
    }

    /// How long to wait before coming back: 1–5 s, each time another one, so that not everybody comes at once.
    pub(super) fn retry(&mut self) -> &mut Self {
        let [.., a, b] = uuid::Uuid::now_v7().into_bytes();
        self.line("retry", 1_000 + u16::from_be_bytes([a, b]) % 4_001)
    }

    /// That the client has to reload, and from which id it then goes on.
    pub(super) fn reset(&mut self, id: impl std::fmt::Display) -> &mut Self {
        self.id(id).event("reset", &Nothing {})
    }

    /// That the stream is over for good.
    pub(super) fn closed(&mut self, reason: &'static str) -> &mut Self {
        self.event("closed", &Closed { reason })
    }

    /// That somebody has read a room. Has no id: it is not replayed.
    pub(super) fn read(&mut self, room_id: RoomId, user_id: UserId, up_to: Version) -> &mut Self {
        self.event("messages_read", &Read { room_id, user_id, up_to, message_ids: [] })
    }

    /// That somebody is told something.
    pub(super) fn notification(&mut self, notification: &NotificationView) -> &mut Self {
        self.event("notification", notification)
    }

    /// That somebody has read what they were told.
    pub(super) fn seen(&mut self, ids: &[NotificationId]) -> &mut Self {
        self.event("read", &Seen { ids })
    }

    /// The line before a frame that says where it stands.
    pub(super) fn id(&mut self, id: impl std::fmt::Display) -> &mut Self {
        self.line("id", id)
    }

    /// What happened in a room at one version; without its id. `shape` is the room for what changes its shape.
    pub(super) fn change(
        &mut self,
        room_id: RoomId,
        change: &Change,
        people: &People,
        shape: Option<&RoomShape>,
    ) -> &mut Self {
        let Change { version, at, ref what } = *change;
        match *what {
            What::Sent(ref message) => self.message(message, people),
            What::Edited { message: id, ref content } => {
                let content = content.as_deref();
                self.event("message_edited", &Edited { id, room_id, content, version, edited_at: at })
            }
            What::Deleted { message: id } => {
                self.event("message_deleted", &Deleted { id, room_id, version, deleted_at: at })
            }
            What::Reacted { message: id, ref emoji, user: user_id, added } => {
                self.event("reaction", &Reaction { id, room_id, emoji, user_id, added, version })
            }
            What::Joined { user: user_id, role } => {
                let username = name(people, user_id);
                self.event("member_joined", &Member { room_id, user_id, username, role })
            }
            What::Left { user: user_id } => {
                let username = name(people, user_id);
                self.event("member_left", &Member { room_id, user_id, username, role: None })
            }
            What::Erased { user } => self.room(room_id, change, shape, Some(user)),
            What::Room => self.room(room_id, change, shape, None),
        }
    }

    /// The text, and a new beginning.
    pub(super) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.0).into()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn message(&mut self, message: &MessageView, people: &People) -> &mut Self {
        let username = name(people, message.user_id).map(str::to_owned);
        self.event("new_message", &MessageView { username, reactions: None, read_by: None, ..message.clone() })
    }

    fn room(&mut self, id: RoomId, change: &Change, shape: Option<&RoomShape>, erased: Option<UserId>) -> &mut Self {
        let Change { version, at: updated_at, .. } = *change;
        let Some(shape) = shape else {
            return self.event("room_changed", &BareRoom { id, version, updated_at, erased_user_id: erased });
        };
        let (user_1_id, user_2_id) = pair(shape).unzip();
        let room = Room {
            id,
            room_type: shape.room_type,
            name: shape.name.as_deref(),
            user_1_id,
            user_2_id,
            participants: &shape.participants,
            version,
            created_at: shape.created_at,
            updated_at,
            erased_user_id: erased,
        };
        self.event("room_changed", &room)
    }

    fn event(&mut self, name: &str, data: &impl Serialize) -> &mut Self {
        self.line("event", name);
        self.0.extend_from_slice(b"data: ");
        // JSON has no bare line ends, so the data is one line. Views always serialize.
        if serde_json::to_writer(&mut self.0, data).is_err() {
            self.0.extend_from_slice(b"{}");
        }
        self.0.extend_from_slice(b"\n\n");
        self
    }

    fn line(&mut self, field: &str, value: impl std::fmt::Display) -> &mut Self {
        // Writing into memory does not fail.
        let _ = writeln!(self.0, "{field}: {value}");
        self
    }
}

impl From<Bytes> for Text {
    fn from(frames: Bytes) -> Self {
        Self(frames.into())
    }
}

impl From<&mut Text> for Bytes {
    fn from(text: &mut Text) -> Self {
        text.take()
    }
}

fn name(people: &People, user: UserId) -> Option<&str> {
    people.get(&user)?.username.as_deref()
}

/// The line that says where a frame of a stream of many rooms stands.
pub(super) fn id_line(id: &impl std::fmt::Display) -> String {
    let mut line = String::new();
    let _ = writeln!(line, "id: {id}");
    line
}

#[cfg(test)]
mod tests;
