//! How what can only be one of a few is spelled, as the OpenAPI document has it.

use domain::room::{MessageType, Role, RoomType};
use serde::Serialize;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

pub(super) fn message_type() -> Object {
    one_of([MessageType::Text, MessageType::Image, MessageType::File])
}

pub(super) fn room_type() -> Object {
    one_of([RoomType::Direct, RoomType::Group])
}

pub(super) fn role() -> Object {
    one_of([Role::Member, Role::Admin, Role::Owner])
}

fn one_of<T: Serialize, const N: usize>(all: [T; N]) -> Object {
    let spelled = all.map(|one| serde_json::to_value(one).unwrap_or_default());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(spelled)).build()
}
