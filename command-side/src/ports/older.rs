//! What is brought over from the system before this one, as it stands there.

use async_trait::async_trait;
use domain::{RoomId, Timestamp};
use futures::stream::BoxStream;

use super::{Append, AppendError, Appended, Conflict, Item, Unavailable};

/// Somebody with an account.
#[derive(Clone, Debug, Default)]
pub struct OlderUser {
    pub id: u64,
    pub email: String,
    /// A bcrypt hash that a login can bear; none when what stood there was not that.
    pub password_hash: Option<String>,
    pub username: Option<String>,
    pub display_name: Option<String>,
    pub status_message: Option<String>,
    pub is_active: bool,
    pub created_at: Option<Timestamp>,
}

/// Since when somebody is there, as far as that stands there.
#[derive(Clone, Copy, Debug, Default)]
pub struct OlderSince {
    pub id: u64,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
}

/// What stands between two people. A pair may have several.
#[derive(Clone, Debug, Default)]
pub struct OlderFriendship {
    pub id: u64,
    pub requester: u64,
    pub addressee: u64,
    pub is_accepted: bool,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

/// A room of two. A pair may have several.
#[derive(Clone, Copy, Debug, Default)]
pub struct OlderRoom {
    pub id: u64,
    pub users: [u64; 2],
    pub created_at: Option<Timestamp>,
}

/// What says when a message was sent, or read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFrom {
    /// A date where one belongs.
    #[default]
    Date,
    /// A text in its place.
    Text,
    /// Its id, which was made then.
    Id,
}

/// Something that was said.
#[derive(Clone, Debug, Default)]
pub struct OlderMessage {
    /// 24 hexadecimal digits, or what stood in their place.
    pub id: String,
    pub user: Option<u64>,
    pub room: Option<u64>,
    /// As it is now.
    pub content: String,
    /// As it was sent, if that was kept.
    pub original_content: Option<String>,
    pub message_type: String,
    pub file_url: Option<String>,
    pub file_name: Option<String>,
    pub created_at: Option<Timestamp>,
    pub time_from: TimeFrom,
    /// When it was edited last, if it was.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Timestamp>,
}

/// That somebody has read a message. There may be several of one.
#[derive(Clone, Debug, Default)]
pub struct OlderRead {
    pub message: String,
    pub user: Option<u64>,
    pub room: Option<u64>,
    pub read_at: Option<Timestamp>,
    pub time_from: TimeFrom,
}

/// The system before this one. Nothing is changed there.
#[async_trait]
pub trait Older: Send + Sync {
    /// Everybody's number, and since when they are there.
    async fn people(&self) -> Result<Vec<OlderSince>, Unavailable>;

    /// All friendships, by id.
    async fn friendships(&self) -> Result<Vec<OlderFriendship>, Unavailable>;

    /// All rooms, by id.
    async fn rooms(&self) -> Result<Vec<OlderRoom>, Unavailable>;

    /// Everybody, oldest account first; before all others those of whom no time stands there, or one after `now`.
    fn users(&self, now: Timestamp) -> BoxStream<'_, Result<OlderUser, Unavailable>>;

    /// All messages, oldest first, by what says it best; before all others those that nothing says it of.
    fn messages(&self) -> BoxStream<'_, Result<OlderMessage, Unavailable>>;

    /// Who has read what, the first to have read first, as messages are.
    fn reads(&self) -> BoxStream<'_, Result<OlderRead, Unavailable>>;
}

/// Appending what happened before, elsewhere.
#[async_trait]
pub trait AppendPast: Append {
    /// As [`Append::append`], but recorded at `at` and not now; time never goes back in the log.
    async fn append_past(&self, batch: &[Item], at: Timestamp) -> Result<Vec<Result<Appended, Conflict>>, AppendError>;
}

/// Which room an older number led to.
#[async_trait]
pub trait OlderRooms: Send + Sync {
    /// Keeps that this older number leads to `room`, durably.
    async fn lead(&self, number: u64, room: RoomId) -> Result<(), Unavailable>;

    /// Where an older number leads.
    async fn find(&self, number: u64) -> Result<Option<RoomId>, Unavailable>;
}
