//! `/api/profile`: who the caller is.

use axum::Json;
use command_side::api::Error;
use command_side::api::views::UserView;
use domain::Refusal;
use domain::user::UserError;

use crate::freshness::Inquiry;

/// The caller, as they see themselves.
#[utoipa::path(get, path = "/api/profile", tag = "user", security(("bearer" = [])),
    responses((status = 200, body = UserView), (status = 401)))]
pub(super) async fn profile(inquiry: Inquiry) -> Result<Json<UserView>, Error> {
    let users = inquiry.directory().await?.by_ids(&[inquiry.caller]).await?;
    let user = users.into_iter().next().ok_or(Refusal::from(UserError::Unknown))?;
    let standings = inquiry.standings_near([inquiry.caller].into_iter()).await;
    Ok(Json(inquiry.seen(user, &standings)))
}

/// The older spelling of `/api/profile`.
#[utoipa::path(get, path = "/api/profile/me", tag = "user", security(("bearer" = [])),
    responses((status = 200, body = UserView), (status = 401)))]
#[deprecated]
pub(super) async fn me(inquiry: Inquiry) -> Result<Json<UserView>, Error> {
    profile(inquiry).await
}
