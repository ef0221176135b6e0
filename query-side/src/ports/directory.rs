//! Reading the directory: people, what is between them, and the shapes of rooms.

use async_trait::async_trait;
use command_side::api::views::{FriendshipView, Participant, UserView};
use domain::room::RoomType;
use domain::{FriendshipId, RoomId, Timestamp, UserId};

use super::{Inboxes, Unavailable};

/// What a search for people asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Who asks: they do not find themselves, nor anybody with a block between.
    pub by: UserId,
    /// Folded beginnings of words, all of which must be found in somebody's names; at least one.
    pub words: Vec<String>,
    /// Only behind this match.
    pub after: Option<(String, UserId)>,
    pub limit: u32,
}

/// Part of what was looked for. Of what frequent words lead to, only so much is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked<T, P> {
    pub found: Vec<T>,
    /// Up to where, if not to the end: behind it there may be more, however little was found.
    pub to: Option<P>,
}

/// Somebody who was found, and the word by which.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    pub word: String,
    pub user: UserView,
}

/// Reading people. Views are whole, with the e-mail: whoever answers hides it from others.
#[async_trait]
pub trait Users: Send + Sync {
    /// Those of `ids` who are known, in no order.
    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<UserView>, Unavailable>;

    /// Those who match, each once, ordered by the rarest word of theirs and id.
    async fn search(&self, search: &Search) -> Result<Looked<Match, (String, UserId)>, Unavailable>;

    /// How many match, counted up to `most`, and as far as is looked at once.
    async fn count(&self, search: &Search, most: u32) -> Result<u64, Unavailable>;
}

/// Somebody to whom something was begun: a friendship, or a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    pub user: UserView,
    pub since: Timestamp,
}

/// A request that waits for its answer, and the other one of the two.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub friendship: FriendshipView,
    pub user: UserView,
}

/// Which requests of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requests {
    Received,
    Sent,
}

/// Part of a list that is ordered by the id of the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub after: Option<UserId>,
    pub limit: u32,
}

/// Reading what is between people.
#[async_trait]
pub trait Friendships: Send + Sync {
    /// The friends of `user`.
    async fn friends(&self, user: UserId, part: Part) -> Result<Vec<Other>, Unavailable>;

    /// Those in whose names all `words`, at least one, begin a word.
    async fn friends_named(
        &self,
        user: UserId,
        words: &[String],
        part: Part,
    ) -> Result<Looked<Other, UserId>, Unavailable>;

    /// Whom `user` has blocked.
    async fn blocks(&self, user: UserId, part: Part) -> Result<Vec<Other>, Unavailable>;

    /// The requests of `user` that wait.
    async fn requests(&self, user: UserId, which: Requests, part: Part) -> Result<Vec<Request>, Unavailable>;

    /// Those with whom `user` ever had to do, ended or not, ordered by id.
    async fn others(&self, user: UserId, part: Part) -> Result<Vec<UserId>, Unavailable>;

    /// Those who have blocked `user`.
    async fn blockers(&self, user: UserId) -> Result<Vec<UserId>, Unavailable>;

    /// Those of `others` who have blocked `user`, or whom `user` has blocked, and since when there is a block between them.
    async fn apart(&self, user: UserId, others: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, Unavailable>;

    /// The two of a pair; nobody when nothing ever was between them.
    async fn pair(&self, pair: FriendshipId) -> Result<Vec<UserId>, Unavailable>;

    /// Whether `room` is a direct one whose other member has blocked `user`.
    async fn is_blocked_in(&self, user: UserId, room: RoomId) -> Result<bool, Unavailable>;
}

/// A room without its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomShape {
    pub id: RoomId,
    pub room_type: RoomType,
    pub name: Option<String>,
    pub created_at: Timestamp,
    /// Those who are members now, in the order in which they joined.
    pub participants: Vec<Participant>,
}

/// Reading rooms.
#[async_trait]
pub trait Rooms: Send + Sync {
    /// Those of `ids` that are known, in no order.
    async fn shapes(&self, ids: &[RoomId]) -> Result<Vec<RoomShape>, Unavailable>;

    /// At most `limit` rooms that `user` is or ever was a member of, behind `after`, ordered by id.
    async fn ever_of(&self, user: UserId, after: Option<RoomId>, limit: u32) -> Result<Vec<RoomId>, Unavailable>;
}

/// One generation of the directory.
pub trait Directory: Users + Friendships + Rooms + Inboxes {}

impl<D: Users + Friendships + Rooms + Inboxes> Directory for D {}
