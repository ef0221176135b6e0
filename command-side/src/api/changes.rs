//! `/api/messages/{id}`: editing and deleting a message.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::room::{DeleteMessage, EditMessage, RoomCommand, RoomError, RoomEvent};
use domain::{Envelope, Event, Kind, MessageId, Refusal, RoomId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::command::Command;
use super::reply::last_of_some;
use super::views::MessageView;
use super::{Commands, Error, Id};
use crate::dispatch::Outcome;

const EDIT: Act = Act("edit_message", StatusCode::OK);
const DELETE: Act = Act("delete_message", StatusCode::OK);

#[derive(Deserialize, ToSchema)]
pub(super) struct NewContent {
    /// 1–4000 characters, not all of them blank.
    #[schema(min_length = 1, max_length = 4000, format = "text")]
    content: String,
}

/// A message that is deleted, and a word about it for older clients.
#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    #[serde(flatten)]
    view: MessageView,
    message: &'static str,
}

/// Puts other content into the caller's own message.
#[utoipa::path(patch, path = "/api/messages/{id}", tag = "chat",
    operation_id = "edit_message", request_body = NewContent,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = MessageView), (status = 400, description = "TOO_MANY_EDITS"), (status = 401),
        (status = 403, description = "NOT_AUTHOR, NOT_A_MEMBER, BLOCKED, USER_DELETED"),
        (status = 404, description = "MESSAGE_NOT_FOUND"), (status = 409, description = "MESSAGE_DELETED"),
        (status = 422, description = "BLANK, TOO_LONG, FORBIDDEN_CHARACTER")))]
pub(super) async fn edit(
    State(commands): State<Arc<Commands>>,
    Id(message): Id<MessageId>,
    Command { asker, body: NewContent { content } }: Command<NewContent>,
) -> Result<Response, Error> {
    let ((room, message_id), by) = (commands.place_of(message).await?, asker.user());
    let command = |blocked| RoomCommand::Edit(EditMessage { by, message_id, content: content.clone(), blocked });
    let outcome = commands.send_to_room(&asker, EDIT, room, command).await.map_err(hide_room)?;
    commands.answer_message(&asker, EDIT, outcome, |view| view).await
}

/// The same as `PATCH`.
#[utoipa::path(put, path = "/api/messages/{id}", tag = "chat", operation_id = "put_message", request_body = NewContent,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = MessageView), (status = 400, description = "TOO_MANY_EDITS"), (status = 401),
        (status = 403, description = "NOT_AUTHOR, NOT_A_MEMBER, BLOCKED, USER_DELETED"),
        (status = 404, description = "MESSAGE_NOT_FOUND"), (status = 409, description = "MESSAGE_DELETED"),
        (status = 422, description = "BLANK, TOO_LONG, FORBIDDEN_CHARACTER")))]
pub(super) async fn put(
    commands: State<Arc<Commands>>,
    message: Id<MessageId>,
    command: Command<NewContent>,
) -> Result<Response, Error> {
    edit(commands, message, command).await
}

/// Deletes the caller's own message or, as an admin, anybody's. It stays in the timeline without its content.
#[utoipa::path(delete, path = "/api/messages/{id}", tag = "chat",
    operation_id = "delete_message", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = Deleted), (status = 401),
        (status = 403, description = "NOT_AUTHOR, NOT_A_MEMBER"),
        (status = 404, description = "MESSAGE_NOT_FOUND"), (status = 409, description = "MESSAGE_DELETED")))]
pub(super) async fn delete(
    State(commands): State<Arc<Commands>>,
    Id(message): Id<MessageId>,
    asker: Asker,
) -> Result<Response, Error> {
    let ((room, message_id), by) = (commands.place_of(message).await?, asker.user());
    let order = asker.order(DELETE, room.0, RoomCommand::Delete(DeleteMessage { by, message_id }));
    let outcome = commands.rooms.send(order).await.map_err(Error::from).map_err(hide_room)?;
    commands.answer_message(&asker, DELETE, outcome, |view| Deleted { view, message: "message deleted" }).await
}

impl Commands {
    /// The room in which a message was sent.
    pub(super) async fn place_of(&self, message: Option<MessageId>) -> Result<(RoomId, MessageId), Error> {
        let message = message.ok_or(RoomError::MessageNotFound)?;
        let stream = self.history.stream_of(message.0).await?;
        let stream = stream.filter(|stream| stream.kind == Kind::Room).ok_or(RoomError::MessageNotFound)?;
        Ok((RoomId(stream.id), message))
    }

    /// Answers with a message as it was after what came of a command on it.
    async fn answer_message<V: Serialize>(
        &self,
        asker: &Asker,
        act: Act,
        outcome: Outcome,
        shown: impl FnOnce(MessageView) -> V,
    ) -> Result<Response, Error> {
        let event = last_of_some(outcome)?;
        let noted = self.note(asker.user(), &event).await;
        let past = self.about(event.stream, domain::event::subject(&event.payload, event.stream.id), event.version);
        let past = past.await?;
        let view = self.message_view(&past).await?;
        let view = self.people.with_readers(asker.user(), view, number(&past)).await;
        Ok(noted.with(act, shown(view)))
    }
}

/// Which message of its room was sent with the first of these events.
fn number(events: &[Envelope]) -> u64 {
    match events.first().map(|event| &event.payload) {
        Some(Event::Room(RoomEvent::MessageSent { number, .. })) => *number,
        _ => 0,
    }
}

/// To whoever does not know the room its messages are as unknown as any.
pub(super) fn hide_room(error: Error) -> Error {
    match error {
        Error::Refused(refusal) if refusal == Refusal::from(RoomError::NotFound) => RoomError::MessageNotFound.into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_is_unknown_hides_behind_its_message() {
        let code = |error: Error| match hide_room(error) {
            Error::Refused(refusal) => refusal.code,
            other => panic!("{other}"),
        };
        assert_eq!(code(RoomError::NotFound.into()), "MESSAGE_NOT_FOUND");
        assert_eq!(code(RoomError::Gone.into()), "NOT_A_MEMBER");
    }
}
