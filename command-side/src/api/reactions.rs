//! `/api/messages/{id}/reactions/{emoji}`: reacting to a message, and taking that back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::MessageId;
use domain::room::{React, RoomCommand, Unreact};

use super::asker::{Act, Asker};
use super::changes::hide_room;
use super::extract::Ids;
use super::{Commands, Error};

const REACT: Act = Act("react", StatusCode::NO_CONTENT);
const UNREACT: Act = Act("unreact", StatusCode::NO_CONTENT);

/// Reacts to a message with an emoji; once is enough.
#[utoipa::path(put, path = "/api/messages/{id}/reactions/{emoji}", tag = "chat",
    params(("id" = String, Path), ("emoji" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 400, description = "MESSAGE_DELETED, TOO_MANY_REACTIONS"), (status = 401),
        (status = 403, description = "NOT_A_MEMBER, BLOCKED"), (status = 404, description = "MESSAGE_NOT_FOUND"),
        (status = 422, description = "NOT_EMOJI")))]
pub(super) async fn react(
    State(commands): State<Arc<Commands>>,
    Ids(message, emoji): Ids<MessageId, String>,
    asker: Asker,
) -> Result<Response, Error> {
    let ((room, message_id), by) = (commands.place_of(message).await?, asker.user());
    let emoji = emoji.unwrap_or_default();
    let command = |blocked| RoomCommand::React(React { by, message_id, emoji: emoji.clone(), blocked });
    let outcome = commands.send_to_room(&asker, REACT, room, command).await.map_err(hide_room)?;
    commands.done(by, REACT, outcome).await
}

/// Takes a reaction back.
#[utoipa::path(delete, path = "/api/messages/{id}/reactions/{emoji}", tag = "chat",
    params(("id" = String, Path), ("emoji" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 401), (status = 403, description = "NOT_A_MEMBER"),
        (status = 404, description = "MESSAGE_NOT_FOUND"), (status = 422, description = "NOT_EMOJI")))]
pub(super) async fn unreact(
    State(commands): State<Arc<Commands>>,
    Ids(message, emoji): Ids<MessageId, String>,
    asker: Asker,
) -> Result<Response, Error> {
    let ((room, message_id), by) = (commands.place_of(message).await?, asker.user());
    let command = Unreact { by, message_id, emoji: emoji.unwrap_or_default() };
    let order = asker.order(UNREACT, room.0, RoomCommand::Unreact(command));
    let outcome = commands.rooms.send(order).await.map_err(Error::from).map_err(hide_room)?;
    commands.done(by, UNREACT, outcome).await
}
