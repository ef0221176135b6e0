//! `/api/messages`: what was said in a room, and how much of it is unread.

use axum::Json;
use command_side::api::{Error, Id, Params};
use domain::{RoomId, Version};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{page, search};
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::queries::{FoundCursor, FoundPage, MessageCursor, MessagePage, Window};

/// The longest text that is searched for in messages, in characters.
const LONGEST_SEARCH: usize = 100;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    room_id: String,
    limit: Option<u32>,
    /// A version: the nearest older messages.
    before: Option<Version>,
    /// A version: the nearest newer messages. Together with `before`, a window is cut from its newest end.
    after: Option<Version>,
    cursor: Option<String>,
    /// How many of the newest to leave out.
    offset: Option<u64>,
    /// The same as `offset`.
    skip: Option<u64>,
    /// `false` leaves out what happened to the room: who came and went, its names, its roles.
    system: Option<bool>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    limit: Option<u32>,
    before: Option<Version>,
    after: Option<Version>,
    cursor: Option<String>,
    offset: Option<u64>,
    skip: Option<u64>,
    system: Option<bool>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Sought {
    /// 1–100 characters, whatever case, width and accents: whole words, all of which must be in a message; of Korean, Chinese
    /// and Japanese at least two characters that follow each other. A message is found by its first 500 terms that are not the same.
    #[param(required, max_length = 100)]
    q: Option<String>,
    /// All of the caller's rooms when it is left out.
    room_id: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Unread {
    unread_count: u64,
}

/// A page of a room's messages: the newest, unless it is told otherwise. What happened to the room stands between them
/// (`message_type` is `system`), and counts for `limit` and `offset`, but not in `total_count`.
#[utoipa::path(get, path = "/api/messages", tag = "chat", params(Asked), security(("bearer" = [])),
    responses((status = 200, body = MessagePage), (status = 401), (status = 403, description = "NOT_A_MEMBER"),
        (status = 404, description = "ROOM_NOT_FOUND"), (status = 422)))]
pub(super) async fn messages(inquiry: Inquiry, Params(asked): Params<Asked>) -> Result<Json<MessagePage>, Error> {
    let Asked { room_id, limit, before, after, cursor, offset, skip, system } = asked;
    read(&inquiry, room_id.parse().ok(), Paged { limit, before, after, cursor, offset, skip, system }).await
}

/// The older spelling, with the room in the path.
#[utoipa::path(get, path = "/api/messages/{id}", tag = "chat", params(("id" = String, Path), Paged),
    security(("bearer" = [])),
    responses((status = 200, body = MessagePage), (status = 401), (status = 403, description = "NOT_A_MEMBER"),
        (status = 404, description = "ROOM_NOT_FOUND"), (status = 422)))]
#[deprecated]
pub(super) async fn of_room(
    inquiry: Inquiry,
    Id(room): Id<RoomId>,
    Params(paged): Params<Paged>,
) -> Result<Json<MessagePage>, Error> {
    read(&inquiry, room, paged).await
}

/// Messages with all these words, newest first: of one room, or of all that the caller is a member of.
#[utoipa::path(get, path = "/api/messages/search", tag = "chat", operation_id = "search_messages", params(Sought),
    security(("bearer" = [])),
    responses((status = 200, body = FoundPage), (status = 401), (status = 403, description = "NOT_A_MEMBER"),
        (status = 404, description = "ROOM_NOT_FOUND"), (status = 422)))]
pub(super) async fn search(inquiry: Inquiry, Params(sought): Params<Sought>) -> Result<Json<FoundPage>, Error> {
    let limit = page::limit(sought.limit)?;
    let after = FoundCursor::read_if_given(sought.cursor.as_deref())?;
    let terms = domain::text::terms(&search::text(sought.q, LONGEST_SEARCH)?);
    let room = sought.room_id.map(|room| room.parse().ok());
    inquiry.found(room, terms, after, limit).await.map(Json)
}

/// How many messages the caller has not read; deleted ones do not count.
#[utoipa::path(get, path = "/api/messages/room/{room_id}/unread-count", tag = "chat",
    params(("room_id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Unread), (status = 401), (status = 403, description = "NOT_A_MEMBER"),
        (status = 404, description = "ROOM_NOT_FOUND")))]
pub(super) async fn unread_count(inquiry: Inquiry, Id(room): Id<RoomId>) -> Result<Json<Unread>, Error> {
    let timeline = inquiry.timeline().await?;
    let state = inquiry.room_state(&*timeline, room).await?;
    Ok(Json(Unread { unread_count: state.unread }))
}

async fn read(inquiry: &Inquiry, room: Option<RoomId>, paged: Paged) -> Result<Json<MessagePage>, Error> {
    let limit = page::limit(paged.limit)?;
    let cursor = MessageCursor::read_if_given(paged.cursor.as_deref())?;
    let skip = paged.offset.or(paged.skip).unwrap_or(0);
    let told = paged.system.unwrap_or(true);
    let window = Window { before: paged.before, after: paged.after, skip, told };
    inquiry.messages(room, cursor, window, limit).await.map(Json)
}
