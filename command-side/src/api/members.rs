//! `/api/chat-rooms/{id}/members`, `/leave`: who is in a group, and what they may do.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::room::{AddMembers, ChangeRole, Leave, RemoveMember, Role, RoomCommand, RoomError};
use domain::{RoomId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::asker::{Act, Asker};
use super::command::Command;
use super::extract::Ids;
use super::people::distinct;
use super::views::RoomView;
use super::{Commands, Error, Id, spellings};

const ADD: Act = Act("add_members", StatusCode::OK);
const REMOVE: Act = Act("remove_member", StatusCode::OK);
const LEAVE: Act = Act("leave_room", StatusCode::OK);
const CHANGE_ROLE: Act = Act("change_role", StatusCode::OK);

#[derive(Deserialize, ToSchema)]
pub(super) struct NewMembers {
    #[schema(min_items = 1)]
    user_ids: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewRole {
    #[schema(schema_with = spellings::role)]
    role: Role,
}

/// Adds members to a group, all or nobody; those who are in already are left as they are.
#[utoipa::path(post, path = "/api/chat-rooms/{id}/members", tag = "chat",
    operation_id = "add_members", request_body = NewMembers,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = RoomView), (status = 400, description = "DIRECT_ROOM, TOO_MANY_MEMBERS"),
        (status = 401), (status = 403, description = "NOT_A_MEMBER, NOT_ALLOWED"),
        (status = 404, description = "ROOM_NOT_FOUND, USER_NOT_FOUND"), (status = 422)))]
pub(super) async fn add(
    State(commands): State<Arc<Commands>>,
    Id(room): Id<RoomId>,
    Command { asker, body }: Command<NewMembers>,
) -> Result<Response, Error> {
    let (room, by) = (room.ok_or(RoomError::NotFound)?, asker.user());
    let users = distinct("user_ids", &body.user_ids)?;
    let command = |users| RoomCommand::AddMembers(AddMembers { by, users });
    let outcome = commands.send_with_invited(&asker, ADD, room, &users, command).await?;
    commands.answer_room(by, ADD, outcome).await
}

/// Puts somebody out of a group; oneself: as `leave`.
#[utoipa::path(delete, path = "/api/chat-rooms/{id}/members/{user_id}", tag = "chat", operation_id = "remove_member",
    params(("id" = String, Path), ("user_id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = RoomView), (status = 400, description = "DIRECT_ROOM, LAST_OWNER"), (status = 401),
        (status = 403, description = "NOT_A_MEMBER, NOT_ALLOWED"),
        (status = 404, description = "ROOM_NOT_FOUND, MEMBER_NOT_FOUND")))]
pub(super) async fn remove(
    State(commands): State<Arc<Commands>>,
    Ids(room, user): Ids<RoomId, UserId>,
    asker: Asker,
) -> Result<Response, Error> {
    let command = RemoveMember { by: asker.user(), user: or_nobody(user) };
    commands.manage(&asker, REMOVE, room.ok_or(RoomError::NotFound)?, RoomCommand::RemoveMember(command)).await
}

/// Leaves a group. The last owner hands over first; with the last member it closes.
#[utoipa::path(post, path = "/api/chat-rooms/{id}/leave", tag = "chat",
    operation_id = "leave_room", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = RoomView), (status = 400, description = "DIRECT_ROOM, LAST_OWNER"), (status = 401),
        (status = 403, description = "NOT_A_MEMBER"), (status = 404, description = "ROOM_NOT_FOUND")))]
pub(super) async fn leave(
    State(commands): State<Arc<Commands>>,
    Id(room): Id<RoomId>,
    asker: Asker,
) -> Result<Response, Error> {
    let command = RoomCommand::Leave(Leave { by: asker.user() });
    commands.manage(&asker, LEAVE, room.ok_or(RoomError::NotFound)?, command).await
}

/// Gives a member another role, at most one's own.
#[utoipa::path(put, path = "/api/chat-rooms/{id}/members/{user_id}/role", tag = "chat", request_body = NewRole,
    params(("id" = String, Path), ("user_id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = RoomView), (status = 400, description = "DIRECT_ROOM, LAST_OWNER"), (status = 401),
        (status = 403, description = "NOT_A_MEMBER, NOT_ALLOWED"),
        (status = 404, description = "ROOM_NOT_FOUND, MEMBER_NOT_FOUND"), (status = 422)))]
pub(super) async fn change_role(
    State(commands): State<Arc<Commands>>,
    Ids(room, user): Ids<RoomId, UserId>,
    Command { asker, body: NewRole { role } }: Command<NewRole>,
) -> Result<Response, Error> {
    let command = ChangeRole { by: asker.user(), user: or_nobody(user), role };
    commands.manage(&asker, CHANGE_ROLE, room.ok_or(RoomError::NotFound)?, RoomCommand::ChangeRole(command)).await
}

/// Whoever can not be a user is a member of no room: the room itself says so, to those who may know.
fn or_nobody(user: Option<UserId>) -> UserId {
    user.unwrap_or(UserId(Uuid::nil()))
}
