//! `/api/chat-rooms`: the caller's rooms.

use axum::Json;
use axum::response::Response;
use command_side::api::views::RoomView;
use command_side::api::{Error, Id, Params};
use domain::RoomId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::page;
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::queries::RoomCursor;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    limit: Option<u32>,
    cursor: Option<String>,
    /// How many rooms to leave out before the first.
    offset: Option<u64>,
    /// The same as `offset`.
    skip: Option<u64>,
}

/// The caller's rooms, newest activity first. The next page stands in `Link: rel=next`.
#[utoipa::path(get, path = "/api/chat-rooms", tag = "chat", params(Paged), security(("bearer" = [])),
    responses((status = 200, body = [RoomView]), (status = 401), (status = 422)))]
pub(super) async fn rooms(inquiry: Inquiry, Params(paged): Params<Paged>) -> Result<Response, Error> {
    let limit = page::limit_of_array(paged.limit)?;
    let after = RoomCursor::read_if_given(paged.cursor.as_deref())?;
    let skip = paged.offset.or(paged.skip).unwrap_or(0);
    let (rooms, next) = inquiry.rooms(after, skip, limit).await?;
    let next = next.map(|next| next.write()).transpose()?;
    Ok(page::linked("/api/chat-rooms", limit, next, Json(rooms)))
}

/// A room, as the caller sees it.
#[utoipa::path(get, path = "/api/chat-rooms/{id}", tag = "chat", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = RoomView), (status = 401),
        (status = 403, description = "NOT_A_MEMBER"), (status = 404, description = "ROOM_NOT_FOUND")))]
pub(super) async fn room(inquiry: Inquiry, Id(id): Id<RoomId>) -> Result<Json<RoomView>, Error> {
    inquiry.room(id).await.map(Json)
}
