//! `/api/chat-rooms/{id}/mute`: wanting to be told nothing of a room.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::inbox::{InboxCommand, Mute, Unmute};
use domain::room::RoomError;
use domain::{InboxId, RoomId};

use super::asker::{Act, Asker};
use super::{Commands, Error, Id};

const MUTE: Act = Act("mute", StatusCode::NO_CONTENT);
const UNMUTE: Act = Act("unmute", StatusCode::NO_CONTENT);

/// No notifications from this room any more.
#[utoipa::path(put, path = "/api/chat-rooms/{id}/mute", tag = "chat", operation_id = "mute_room",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 400, description = "TOO_MANY_MUTED"), (status = 401),
        (status = 403, description = "NOT_A_MEMBER"), (status = 404, description = "ROOM_NOT_FOUND")))]
pub(super) async fn mute(
    State(commands): State<Arc<Commands>>,
    Id(room): Id<RoomId>,
    asker: Asker,
) -> Result<Response, Error> {
    let room = room.ok_or(RoomError::NotFound)?;
    commands.set_muting(&asker, MUTE, room, InboxCommand::Mute(Mute { room })).await
}

/// Notifications from this room again.
#[utoipa::path(delete, path = "/api/chat-rooms/{id}/mute", tag = "chat", operation_id = "unmute_room",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 401), (status = 403, description = "NOT_A_MEMBER"),
        (status = 404, description = "ROOM_NOT_FOUND")))]
pub(super) async fn unmute(
    State(commands): State<Arc<Commands>>,
    Id(room): Id<RoomId>,
    asker: Asker,
) -> Result<Response, Error> {
    let room = room.ok_or(RoomError::NotFound)?;
    commands.set_muting(&asker, UNMUTE, room, InboxCommand::Unmute(Unmute { room })).await
}

impl Commands {
    /// Of members only: nobody else has anything to hear from the room, nor learns of it.
    async fn set_muting(
        &self,
        asker: &Asker,
        act: Act,
        room: RoomId,
        command: InboxCommand,
    ) -> Result<Response, Error> {
        let user = asker.user();
        let send = async {
            self.rooms.look(room.0).await?.state.role_of(user)?;
            Ok(self.inboxes.send(asker.order(act, InboxId::of(user).0, command)).await?)
        };
        let outcome = self.once(asker, send).await?;
        self.done(user, act, outcome).await
    }
}
