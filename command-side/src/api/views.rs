//! What clients see of users, friendships, rooms, messages and notifications: the same in replies, queries and streams.

mod friendship;
mod image;
mod message;
mod notification;
mod presence;
mod room;
mod user;

use domain::friendship::Status;
use domain::inbox::NotificationType;
use domain::room::{MessageType, Role, RoomType};
use domain::{FriendshipId, MessageId, NotificationId, RoomId, Timestamp, UserId, Version};
use serde::Serialize;
use utoipa::ToSchema;

use super::spellings;
pub use image::{image_of, image_url, sized_image_url};
pub use presence::Presence;
pub(super) use room::RoomPast;

/// A user as others see them; `email` only to oneself.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UserView {
    #[schema(value_type = String)]
    pub id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub username: Option<String>,
    pub nickname: String,
    /// The same as `nickname`.
    pub display_name: String,
    pub status_message: Option<String>,
    /// A path. Who knows it needs no token, and what lies there never changes.
    pub image_url: Option<String>,
    pub is_online: bool,
    #[schema(value_type = Option<String>)]
    pub last_seen_at: Option<Timestamp>,
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

/// Where a pair stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FriendshipView {
    #[schema(value_type = String)]
    pub id: FriendshipId,
    /// The same as `id`.
    #[schema(value_type = String)]
    pub request_id: FriendshipId,
    #[schema(value_type = String)]
    pub requester_id: UserId,
    #[schema(value_type = String)]
    pub addressee_id: UserId,
    /// The same as `requester_id`.
    #[schema(value_type = String)]
    pub user_id_1: UserId,
    /// The same as `addressee_id`.
    #[schema(value_type = String)]
    pub user_id_2: UserId,
    #[schema(value_type = String)]
    pub status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

/// A member of a room. Whoever has just deleted their account has no names, and is no member a moment later.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Participant {
    #[schema(value_type = String)]
    pub id: UserId,
    pub username: Option<String>,
    pub nickname: String,
    #[schema(value_type = String)]
    pub role: Role,
}

/// A room as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RoomView {
    #[schema(value_type = String)]
    pub id: RoomId,
    #[schema(value_type = String)]
    pub room_type: RoomType,
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub user_1_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub user_2_id: Option<UserId>,
    pub participants: Vec<Participant>,
    /// The message as `GET /api/messages` gives it; null in an empty room.
    #[schema(value_type = Option<MessageView>)]
    pub last_message: Option<serde_json::Value>,
    pub unread_count: u64,
    pub version: Version,
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

/// The reactions to a message with one emoji; the first 20 users by name.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReactionView {
    pub emoji: String,
    pub count: u64,
    #[schema(value_type = Vec<String>)]
    pub user_ids: Vec<UserId>,
}

/// Who has read a message.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReadByView {
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// When they last read on in the room: of a message that is not the newest they have read, they may have read it earlier.
    #[schema(value_type = String)]
    pub read_at: Timestamp,
}

/// A message. `version` is the room's version at sending and never changes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MessageView {
    #[schema(value_type = String)]
    pub id: MessageId,
    #[schema(value_type = String)]
    pub room_id: RoomId,
    #[schema(value_type = String)]
    pub user_id: UserId,
    pub username: Option<String>,
    /// Null once deleted.
    pub content: Option<String>,
    #[schema(schema_with = spellings::message_type)]
    pub message_type: MessageType,
    pub version: Version,
    #[schema(value_type = Option<String>)]
    pub reply_to: Option<MessageId>,
    /// Left out in `new_message` frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reactions: Option<Vec<ReactionView>>,
    pub is_edited: bool,
    #[schema(value_type = Option<String>)]
    pub edited_at: Option<Timestamp>,
    pub is_deleted: bool,
    #[schema(value_type = Option<String>)]
    pub deleted_at: Option<Timestamp>,
    /// The first 50 in the order of their ids, without the author; `read_count` counts all. Left out in `new_message` frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_by: Option<Vec<ReadByView>>,
    pub read_count: u64,
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

/// What somebody is told.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct NotificationView {
    #[schema(value_type = String)]
    pub id: NotificationId,
    /// `friend_request`, `friend_accepted`, `room_invited`, `message`, `mention`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub notification_type: NotificationType,
    /// Whoever asked, accepted, invited or wrote.
    #[schema(value_type = String)]
    pub actor_id: UserId,
    #[schema(value_type = Option<String>)]
    pub room_id: Option<RoomId>,
    /// The message: of a room, the first that is unread.
    #[schema(value_type = Option<String>)]
    pub message_id: Option<MessageId>,
    #[schema(value_type = Option<String>)]
    pub friendship_id: Option<FriendshipId>,
    /// The beginning of the message as it is now, the room's name, or what was said with the request.
    pub preview: Option<String>,
    pub is_read: bool,
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
