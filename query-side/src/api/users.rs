//! `/api/users`: who others are.

use std::collections::HashMap;

use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use command_side::api::views::UserView;
use command_side::api::{Body, Error, Id, Params};
use domain::user::UserError;
use domain::{Refusal, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::freshness::Inquiry;

/// The most users that are read in one call.
const MOST_USERS: usize = 100;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Listed {
    /// 1–100 ids with commas between.
    user_ids: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Batch {
    /// 1–100 ids.
    #[schema(min_items = 1, max_items = 100)]
    user_ids: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Existence {
    user_id: String,
    exists: bool,
}

/// Several users; unknown ids are left out.
#[utoipa::path(get, path = "/api/users", tag = "user", params(Listed), security(("bearer" = [])),
    responses((status = 200, body = [UserView]), (status = 401), (status = 422)))]
pub(super) async fn listed(inquiry: Inquiry, Params(listed): Params<Listed>) -> Result<Json<Vec<UserView>>, Error> {
    several(&inquiry, listed.user_ids.split(',').map(str::trim).filter(|id| !id.is_empty())).await
}

/// Several users; unknown ids are left out. A query, although it is posted.
#[utoipa::path(post, path = "/api/users/batch", tag = "user", request_body = Batch, security(("bearer" = [])),
    responses((status = 200, body = [UserView]), (status = 401), (status = 422)))]
pub(super) async fn batch(inquiry: Inquiry, Body(batch): Body<Batch>) -> Result<Json<Vec<UserView>>, Error> {
    several(&inquiry, batch.user_ids.iter().map(String::as_str)).await
}

/// A user.
#[utoipa::path(get, path = "/api/users/{id}", tag = "user", params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = UserView), (status = 401),
        (status = 404, description = "USER_NOT_FOUND")))]
pub(super) async fn user(inquiry: Inquiry, Id(id): Id<UserId>) -> Result<Json<UserView>, Error> {
    let found = read(&inquiry, id.as_slice()).await?.into_values().next();
    found.map(Json).ok_or_else(|| Refusal::from(UserError::Unknown).into())
}

/// Whether there is such a user.
#[utoipa::path(get, path = "/api/users/{id}/exists", tag = "user", params(("id" = String, Path)),
    security(("bearer" = [])), responses((status = 200, body = Existence), (status = 401)))]
pub(super) async fn exists(
    inquiry: Inquiry,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Existence>, Error> {
    let Path(user_id) = path.map_err(|_| Error::NoSuchRoute)?;
    let id: Option<UserId> = user_id.parse().ok();
    let exists = match id {
        Some(id) => !inquiry.directory().await?.by_ids(&[id]).await?.is_empty(),
        None => false,
    };
    Ok(Json(Existence { user_id, exists }))
}

async fn several<'a>(inquiry: &Inquiry, ids: impl Iterator<Item = &'a str>) -> Result<Json<Vec<UserView>>, Error> {
    let ids: Vec<_> = ids.collect();
    if !(1..=MOST_USERS).contains(&ids.len()) {
        return Err(Error::field("user_ids", "OUT_OF_RANGE", format!("user_ids are 1 to {MOST_USERS}")));
    }
    let ids: Vec<UserId> = ids.into_iter().filter_map(|id| id.parse().ok()).collect();
    let mut found = read(inquiry, &ids).await?;
    Ok(Json(ids.iter().filter_map(|id| found.remove(id)).collect()))
}

/// Users as the caller may see them, by id.
async fn read(inquiry: &Inquiry, ids: &[UserId]) -> Result<HashMap<UserId, UserView>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = inquiry.directory().await?.by_ids(ids).await?;
    let standings = inquiry.standings(&found.iter().map(|user| user.id).collect::<Vec<_>>()).await?;
    Ok(found.into_iter().map(|user| (user.id, inquiry.seen(user, &standings))).collect())
}
