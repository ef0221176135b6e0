//! Reading the timeline: what was said in each room, and how far everybody read.

use std::collections::HashMap;

use async_trait::async_trait;
use command_side::api::views::{MessageView, ReactionView};
use domain::room::Role;
use domain::{MessageId, Position, RoomId, Timestamp, UserId, Version};

use super::{Found, Notice, Place, Sought, Unavailable};
use crate::Positions;

/// How somebody stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Never was in it, or there is no such room.
    Outsider,
    /// Was in it once.
    Gone,
    Member,
}

/// A room as it is for one user at the version `applied`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomState {
    pub room: RoomId,
    /// The room's version up to which everything is here.
    pub applied: Version,
    /// How many messages were ever sent.
    pub last_number: u64,
    /// The position of the room's last event, and its time.
    pub activity: Position,
    pub activity_at: Timestamp,
    pub membership: Membership,
    pub unread: u64,
    /// Whether an event of this room could not be applied: then it stands still.
    pub is_parked: bool,
}

/// A message and its number in the room. The view has no name, reactions nor readers yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberedMessage {
    pub number: u64,
    pub view: MessageView,
}

/// Which messages of a room, all at or below a version that the room has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slice {
    /// The nearest below `before` (or the newest), but above `after`; newest first.
    Older { before: Option<Version>, after: Version },
    /// The nearest above `after`; oldest first.
    Newer { after: Version },
}

/// A time in a room: from joining, up to but without leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub from: Version,
    pub to: Option<Version>,
}

impl Stay {
    /// Whether `version` lies in it.
    #[must_use]
    pub fn contains(&self, version: Version) -> bool {
        self.from <= version && self.to.is_none_or(|to| version < to)
    }
}

/// How far a room is to have been read: up to this message of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    pub room: RoomId,
    pub number: u64,
    pub version: Version,
}

impl From<&NumberedMessage> for Reached {
    fn from(message: &NumberedMessage) -> Self {
        Self { room: message.view.room_id, number: message.number, version: message.view.version }
    }
}

/// Somebody who has read a room up to its `number`-th message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    pub room: RoomId,
    pub user: UserId,
    pub number: u64,
    /// When they came so far.
    pub read_at: Timestamp,
    /// When they were there, as far as what was said from the message on is concerned.
    pub stays: Vec<Stay>,
}

/// How far somebody said that they have read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub user: UserId,
    pub up_to: Version,
}

/// What happened at one version of a room; contents as they are now.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub version: Version,
    pub at: Timestamp,
    pub what: What,
}

/// The sorts of changes that a stream tells apart.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Sent(Box<MessageView>),
    Edited {
        message: MessageId,
        content: Option<String>,
    },
    Deleted {
        message: MessageId,
    },
    Reacted {
        message: MessageId,
        emoji: String,
        user: UserId,
        added: bool,
    },
    Joined {
        user: UserId,
        role: Option<Role>,
    },
    Left {
        user: UserId,
    },
    /// An account is gone: what this user wrote has no content any more.
    Erased {
        user: UserId,
    },
    /// It was opened, renamed or closed, or roles have changed.
    Room,
}

impl What {
    /// Whether it shows the room as it is now.
    pub(crate) const fn shows_the_room(&self) -> bool {
        matches!(self, Self::Room | Self::Erased { .. })
    }
}

/// A room whose changes go to somebody's stream of all rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    pub room: RoomId,
    pub applied: Version,
    /// The position of the room's last event.
    pub activity: Position,
    /// Whether an event of this room could not be applied: then it stands still.
    pub is_parked: bool,
    /// In order.
    pub stays: Vec<Stay>,
}

impl Feed {
    /// Whether they are a member at the version `applied`.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.stays.iter().any(|stay| stay.contains(self.applied))
    }

    /// As it was at an earlier version: who came later is not there yet, and who went later is there.
    #[must_use]
    pub fn at(self, version: Version) -> Self {
        let known = self.stays.into_iter().filter(|stay| stay.from <= version);
        let stays = known.map(|stay| Stay { to: stay.to.filter(|to| *to <= version), ..stay }).collect();
        Self { applied: version, stays, ..self }
    }
}

/// One generation of the timeline.
#[async_trait]
pub trait Timeline: Send + Sync {
    /// Up to where it is folded.
    async fn checkpoint(&self) -> Result<Positions, Unavailable>;

    /// How `room` is for `user`; an outsider's for a room that is not known.
    async fn room(&self, user: UserId, room: RoomId) -> Result<RoomState, Unavailable>;

    /// The same with nothing counted: `unread` is 0. For whoever asks what may be seen.
    async fn standing(&self, user: UserId, room: RoomId) -> Result<RoomState, Unavailable>;

    /// How many messages of `room` up to the `number`-th `user` has not read.
    async fn unread(&self, user: UserId, room: RoomId, number: u64) -> Result<u64, Unavailable>;

    /// The rooms that `user` is a member of, newest activity first: those behind `after` and, of them, all but the first `skip`.
    async fn rooms(
        &self,
        user: UserId,
        after: Option<(Position, RoomId)>,
        skip: u64,
        limit: u32,
    ) -> Result<Vec<RoomState>, Unavailable>;

    /// At most `limit` messages of `room` at or below `up_to`.
    async fn messages(
        &self,
        room: RoomId,
        up_to: Version,
        slice: Slice,
        limit: u32,
    ) -> Result<Vec<NumberedMessage>, Unavailable>;

    /// The same of what a timeline tells between its messages.
    async fn notices(&self, room: RoomId, up_to: Version, slice: Slice, limit: u32)
    -> Result<Vec<Notice>, Unavailable>;

    /// The newest of the messages of `room` at or below a version, counting what is told between them too, if it is `told`.
    async fn place(&self, room: RoomId, up_to: Version, told: bool) -> Result<Option<Place>, Unavailable>;

    /// The newest messages that hold certain terms.
    async fn search(&self, sought: &Sought) -> Result<Found, Unavailable>;

    /// The last message of each of `rooms`, which are different ones, that has one, at or below the version that stands with it.
    async fn last_messages(&self, rooms: &[(RoomId, Version)]) -> Result<Vec<NumberedMessage>, Unavailable>;

    /// Those of these messages that are there, in no order.
    async fn messages_by_ids(&self, messages: &[MessageId]) -> Result<Vec<NumberedMessage>, Unavailable>;

    /// The reactions to `messages`, by emoji in the order of the first, each with its first 20 users.
    async fn reactions(&self, messages: &[MessageId]) -> Result<HashMap<MessageId, Vec<ReactionView>>, Unavailable>;

    /// Who has read so far, or further, in rooms.
    async fn readers(&self, from: &[Reached]) -> Result<Vec<Reader>, Unavailable>;

    /// At most `limit` changes of `room` after one version and up to another, one a version, in order.
    async fn changes(
        &self,
        room: RoomId,
        after: Version,
        up_to: Version,
        limit: u32,
    ) -> Result<Vec<Change>, Unavailable>;

    /// The read marks of the members of `room` but `user`, also those that a message of their own moved; none in a room of more than
    /// `largest` members.
    async fn marks(&self, room: RoomId, user: UserId, largest: u32) -> Result<Vec<Mark>, Unavailable>;

    /// The rooms that `user` is or was in.
    async fn feeds(&self, user: UserId) -> Result<Vec<Feed>, Unavailable>;

    /// The last version of `room` at or before `position` in its partition; 0 if it has none.
    async fn version_at(&self, room: RoomId, position: Position) -> Result<Version, Unavailable>;

    /// The positions of the versions of `room` after one version and up to another, in order, at most `limit`.
    async fn positions(
        &self,
        room: RoomId,
        after: Version,
        up_to: Version,
        limit: u32,
    ) -> Result<Vec<Position>, Unavailable>;
}
