//! The event store: loading streams, and appending to them in batches.

use async_trait::async_trait;
use domain::hash::Hash;
use domain::stored::{NewEvent, Raw};
use domain::{Envelope, Position, StreamId, Timestamp, UserId, Version, text};
use serde_json::Value;
use uuid::Uuid;

use super::{Digests, Unavailable};

/// A keyed SHA-256 of something that must not stand in the store itself.
pub type Digest = [u8; 32];

/// A loaded event, with as much as is needed to fold a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    pub version: Version,
    pub event_type: String,
    pub schema_version: u16,
    pub payload: Value,
}

/// Reading streams. Every answer is what is committed at the time of the call.
#[async_trait]
pub trait History: Send + Sync {
    /// The events of `stream` after `version`, in order.
    async fn after(&self, stream: StreamId, version: Version) -> Result<Vec<Past>, Unavailable>;

    /// The hash of the event of `stream` at `version`; `None` when there is no such event.
    async fn hash(&self, stream: StreamId, version: Version) -> Result<Option<Hash>, Unavailable>;

    /// The events of `stream` about `subject` up to the version `up_to`, in order (the `subject` index).
    async fn about(&self, stream: StreamId, subject: Uuid, up_to: Version) -> Result<Vec<Envelope<Raw>>, Unavailable>;

    /// The event of `stream` at `version`.
    async fn at(&self, stream: StreamId, version: Version) -> Result<Option<Envelope<Raw>>, Unavailable>;

    /// At most `limit` events of `stream` after `version`, in order.
    async fn page(&self, stream: StreamId, after: Version, limit: u32) -> Result<Vec<Envelope<Raw>>, Unavailable>;

    /// The last event of `stream` of type `event_type` at or below `version`.
    async fn last_of_type(
        &self,
        stream: StreamId,
        event_type: &str,
        version: Version,
    ) -> Result<Option<Envelope<Raw>>, Unavailable>;

    /// The first event of `stream` of type `event_type` after `version`.
    async fn next_of_type(
        &self,
        stream: StreamId,
        event_type: &str,
        version: Version,
    ) -> Result<Option<Envelope<Raw>>, Unavailable>;

    /// The events of one subject in whichever stream: finds the room of a message.
    async fn stream_of(&self, subject: Uuid) -> Result<Option<StreamId>, Unavailable>;
}

/// What must be unique in the whole system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClaimKind {
    Email,
    Username,
}

impl ClaimKind {
    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Username => "username",
        }
    }

    /// What stands for `text` in the store, whatever its case.
    #[must_use]
    pub fn digest(self, digests: &dyn Digests, text: &str) -> Digest {
        digests.digest(self.as_str(), text::caseless(text).as_bytes())
    }
}

/// Takes what `digest` stands for, for `owner`; the owner's earlier claim of the same kind is let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub kind: ClaimKind,
    pub digest: Digest,
    pub owner: UserId,
}

/// Sets the password hash of `user`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub user: UserId,
    /// A PHC string.
    pub password_hash: String,
}

/// That `user` used an idempotency key, for what, and which event came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    pub user: UserId,
    pub key: Digest,
    pub request: Digest,
    pub stream: StreamId,
    /// The version of the last event that came of it; if nothing was to be changed, that of its stream then.
    pub version: Version,
    pub changed: bool,
    /// The HTTP status of the first answer.
    pub status: u16,
}

/// What one lane decided together: appended whole or not at all.
#[derive(Clone, Default)]
pub struct Item {
    pub stream: Option<StreamId>,
    /// The version of `stream` that it was decided at.
    pub expected: Version,
    /// May be empty: then only the versions, guards and keys are checked.
    pub events: Vec<NewEvent>,
    /// Other streams and the versions at which they were judged.
    pub guards: Vec<(StreamId, Version)>,
    pub claims: Vec<Claim>,
    pub credentials: Vec<Credential>,
    pub keys: Vec<KeyUse>,
}

/// Where an item's events came to stand: the first at `position`, the others behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub position: Position,
    pub recorded_at: Timestamp,
}

/// Why an item was not appended; the others of its batch were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The stream is not at the expected version.
    Version,
    /// A guarded stream is not at the version at which it was judged.
    Guard(StreamId),
    /// Somebody else holds it.
    Claim(ClaimKind, Digest),
    /// The key was used before.
    Key(UserId, Digest),
    /// The store refuses a value of this item.
    Rejected(String),
}

/// Why nothing is known to be appended of a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Nothing was written.
    #[error("the event store is away: {0}")]
    Unavailable(String),
    /// Something in the batch makes the whole fail; nothing was written.
    #[error("the event store refuses the batch: {0}")]
    Rejected(String),
    /// It may have been written or not.
    #[error("the outcome of an append is unknown: {0}")]
    Unknown(String),
}

/// Appending: one transaction and one fsync per batch. In the transaction that records `AccountDeleted` the account's claims, its
/// password and its sessions end too.
#[async_trait]
pub trait Append: Send + Sync {
    /// Appends what can be appended, in order; each item is checked against the store and the items before it.
    async fn append(&self, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError>;

    /// Whether no other process appends to this store: then what is cached here is current.
    fn is_alone(&self) -> bool;
}

/// A state as it was at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub stream: StreamId,
    pub version: Version,
    /// The shape of the state; another one than today's is ignored.
    pub shape: u16,
    /// Sealed JSON.
    pub state: String,
}

/// Keeping snapshots: one a stream, the newest.
#[async_trait]
pub trait Snapshots: Send + Sync {
    async fn load(&self, stream: StreamId) -> Result<Option<Snapshot>, Unavailable>;

    async fn save(&self, snapshot: Snapshot) -> Result<(), Unavailable>;
}

/// Looking up idempotency keys; they are written by the append.
#[async_trait]
pub trait Keys: Send + Sync {
    async fn find(&self, user: UserId, key: Digest) -> Result<Option<KeyUse>, Unavailable>;
}
