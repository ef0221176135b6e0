//! Reading what people are told.

use async_trait::async_trait;
use domain::inbox::NotificationType;
use domain::{FriendshipId, MessageId, NotificationId, RoomId, Timestamp, UserId, Version};

use super::Unavailable;

/// Something that somebody is told.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxNotice {
    /// The version of the inbox at which it was told.
    pub version: Version,
    pub id: NotificationId,
    pub notification_type: NotificationType,
    pub actor: UserId,
    pub room: Option<RoomId>,
    pub message: Option<MessageId>,
    /// The room's version at which the message was sent.
    pub room_version: Option<Version>,
    pub friendship: Option<FriendshipId>,
    pub is_read: bool,
    pub created_at: Timestamp,
    /// What the directory has to show of it: the name of the room, or what was said with the request.
    pub text: Option<String>,
    /// Whether its owner is in the room now.
    pub is_member: bool,
}

/// How far an inbox is folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboxState {
    pub version: Version,
    /// Of what was read up to here some may be gone.
    pub pruned: Version,
}

/// What happened at one version of an inbox.
#[derive(Clone, Debug, PartialEq)]
pub enum InboxChange {
    Told(Box<InboxNotice>),
    Read(Vec<NotificationId>),
}

/// Which notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxNotices {
    /// Only those that are not read.
    pub is_unread: bool,
    /// Of those that are read, none that were made before.
    pub since: Timestamp,
    /// Only those before this version.
    pub before: Option<Version>,
    pub limit: u32,
}

/// Reading inboxes.
#[async_trait]
pub trait Inboxes: Send + Sync {
    /// What `user` is told, newest first.
    async fn notices(&self, user: UserId, which: InboxNotices) -> Result<Vec<InboxNotice>, Unavailable>;

    /// How much `user` has not read.
    async fn unread(&self, user: UserId) -> Result<u64, Unavailable>;

    /// How far the inbox of `user` is folded.
    async fn inbox(&self, user: UserId) -> Result<InboxState, Unavailable>;

    /// What happened in the inbox of `user` after one version and up to another, in order; not all of it, if it is much, but whole
    /// versions.
    async fn inbox_changes(
        &self,
        user: UserId,
        after: Version,
        up_to: Version,
    ) -> Result<Vec<(Version, InboxChange)>, Unavailable>;
}
