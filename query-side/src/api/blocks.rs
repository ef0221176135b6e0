//! `/api/friends/blocks`: whom the caller has blocked.

use axum::Json;
use command_side::api::{Error, Params};
use domain::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::friends::{Paged, Since};
use super::page;
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{Other, Part};

#[derive(Serialize, ToSchema)]
pub(super) struct Blocks {
    blocks: Vec<Since>,
    next_cursor: Option<String>,
}

/// Behind this one.
#[derive(Deserialize, Serialize)]
struct After(UserId);

impl Cursor for After {
    const LIST: &'static str = "blocks";
}

/// Those whom the caller has blocked.
#[utoipa::path(get, path = "/api/friends/blocks", tag = "friend", params(Paged), security(("bearer" = [])),
    responses((status = 200, body = Blocks), (status = 401), (status = 422)))]
pub(super) async fn blocks(inquiry: Inquiry, Params(paged): Params<Paged>) -> Result<Json<Blocks>, Error> {
    let limit = page::limit(paged.limit)?;
    let after = After::read_if_given(paged.cursor.as_deref())?.map(|After(user)| user);
    let part = Part { after, limit: limit + 1 };
    let found = inquiry.directory().await?.blocks(inquiry.caller, part).await?;
    let (found, next) = page::cut(found, limit, |last: &Other| After(last.user.id));
    let next_cursor = next.map(|next| next.write()).transpose()?;
    let standings = inquiry.standings(&found.iter().map(|other| other.user.id).collect::<Vec<_>>()).await?;
    let blocks = found.into_iter().map(|other| inquiry.since(other, &standings)).collect();
    Ok(Json(Blocks { blocks, next_cursor }))
}
