//! `/api/messages`: saying something.

use std::slice;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::room::{MessageType, RoomCommand, RoomError, SendMessage};
use domain::{Envelope, MessageId, RoomId, older};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::asker::{Act, Asker};
use super::command::Command;
use super::reply::last_of_some;
use super::views::MessageView;
use super::{Commands, Error, Id, fresh, spellings};

const SEND: Act = Act("send_message", StatusCode::CREATED);

#[derive(Deserialize, ToSchema)]
pub(super) struct NewMessage {
    room_id: String,
    /// 1–4000 characters, not all of them blank. The first 50 usernames behind an `@` are mentions.
    #[schema(min_length = 1, max_length = 4000, format = "text")]
    content: String,
    /// `text` when it is left out.
    #[schema(schema_with = spellings::message_type, required = false)]
    message_type: Option<MessageType>,
    /// The id of a message in the same room.
    reply_to: Option<String>,
}

/// The same, with the room in the path.
#[derive(Deserialize, ToSchema)]
pub(super) struct MessageTo {
    /// If at all, the room that the path names.
    #[schema(value_type = Option<String>)]
    room_id: Option<Value>,
    /// 1–4000 characters, not all of them blank. The first 50 usernames behind an `@` are mentions.
    #[schema(min_length = 1, max_length = 4000, format = "text")]
    content: String,
    /// `text` when it is left out.
    #[schema(schema_with = spellings::message_type, required = false)]
    message_type: Option<MessageType>,
    /// The id of a message in the same room.
    reply_to: Option<String>,
}

/// What is said, wherever.
struct Said {
    content: String,
    message_type: Option<MessageType>,
    reply_to: Option<String>,
}

/// Sends a message to a room.
#[utoipa::path(post, path = "/api/messages", tag = "chat",
    operation_id = "send_message", request_body = NewMessage, security(("bearer" = [])),
    responses((status = 201, body = MessageView), (status = 400, description = "REPLY_ELSEWHERE"), (status = 401),
        (status = 403, description = "NOT_A_MEMBER, BLOCKED, USER_DELETED"), (status = 404, description = "ROOM_NOT_FOUND"),
        (status = 422, description = "BLANK, TOO_LONG, FORBIDDEN_CHARACTER")))]
pub(super) async fn send(
    State(commands): State<Arc<Commands>>,
    Command { asker, body }: Command<NewMessage>,
) -> Result<Response, Error> {
    let NewMessage { room_id, content, message_type, reply_to } = body;
    let room = commands.room_of(&room_id).await?;
    commands.say(&asker, room, Said { content, message_type, reply_to }).await
}

/// The older spelling of `POST /api/messages`, with the room in the path.
#[utoipa::path(post, path = "/api/messages/{id}", tag = "chat",
    operation_id = "send_message_to", request_body = MessageTo, params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 201, body = MessageView), (status = 400, description = "REPLY_ELSEWHERE"), (status = 401),
        (status = 403, description = "NOT_A_MEMBER, BLOCKED, USER_DELETED"), (status = 404, description = "ROOM_NOT_FOUND"),
        (status = 422, description = "BLANK, TOO_LONG, FORBIDDEN_CHARACTER")))]
#[deprecated]
pub(super) async fn send_to(
    State(commands): State<Arc<Commands>>,
    Id(room): Id<RoomId>,
    Command { asker, body }: Command<MessageTo>,
) -> Result<Response, Error> {
    let MessageTo { room_id, content, message_type, reply_to } = body;
    if let Some(named) = room_id.map(as_text)
        && commands.room_of(&named).await? != room
    {
        return Err(Error::field("room_id", "DIFFERENT", "the path names another room"));
    }
    commands.say(&asker, room, Said { content, message_type, reply_to }).await
}

/// Older clients have numbers.
fn as_text(id: Value) -> String {
    match id {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

impl Commands {
    /// The room that `id` names, also as the system before this one numbered it; `None` when it can not be one.
    pub(super) async fn room_of(&self, id: &str) -> Result<Option<RoomId>, Error> {
        match older::number(id) {
            Some(number) => Ok(self.older_rooms.find(number).await?),
            None => Ok(id.parse().ok()),
        }
    }

    async fn say(&self, asker: &Asker, room: Option<RoomId>, said: Said) -> Result<Response, Error> {
        let (room, message_id, author) = (room.ok_or(RoomError::NotFound)?, MessageId(fresh::id()), asker.user());
        let (message_type, reply_to) = (said.message_type.unwrap_or_default(), said.reply_to());
        let command = |blocked| {
            let content = said.content.clone();
            RoomCommand::Send(SendMessage { message_id, author, content, message_type, reply_to, blocked })
        };
        let event = last_of_some(self.send_to_room(asker, SEND, room, command).await?)?;
        let noted = self.note(author, &event).await;
        Ok(noted.with(SEND, self.message_view(slice::from_ref(&event)).await?))
    }

    /// The message that these events made.
    pub(super) async fn message_view(&self, events: &[Envelope]) -> Result<MessageView, Error> {
        let view = MessageView::fold(events).ok_or(Error::Internal)?;
        let author = self.people.names(&[view.user_id]).await.remove(&view.user_id);
        Ok(MessageView { username: author.and_then(|author| author.username), ..view })
    }
}

impl Said {
    /// What can not be an id is one that no room has.
    fn reply_to(&self) -> Option<MessageId> {
        let id = self.reply_to.as_ref()?;
        Some(id.parse().unwrap_or(MessageId(Uuid::nil())))
    }
}
