//! What tests are made of.

use command_side::api::views::MessageView;
use domain::room::MessageType;
use domain::{MessageId, RoomId, Timestamp, UserId, Version};
use uuid::Uuid;

use crate::ports::NumberedMessage;

pub(super) const ROOM: RoomId = RoomId(Uuid::from_u128(9));

pub(super) fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

/// The `number`-th message of the room.
pub(super) fn message(author: u128, version: Version, number: u64) -> NumberedMessage {
    let view = MessageView {
        id: MessageId(Uuid::from_u128(version.into())),
        room_id: ROOM,
        user_id: user(author),
        username: None,
        content: Some("hello".to_owned()),
        message_type: MessageType::Text,
        version,
        reply_to: None,
        reactions: None,
        is_edited: false,
        edited_at: None,
        is_deleted: false,
        deleted_at: None,
        read_by: None,
        read_count: 0,
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
    };
    NumberedMessage { number, view }
}
