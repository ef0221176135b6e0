//! `/api/notifications`: what the caller is told.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use command_side::api::views::NotificationView;
use command_side::api::{Caller, Error, Params};
use domain::Version;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page;
use super::streams::{self, Plain, Served};
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::queries::NotificationCursor;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Only those that are not read.
    unread: Option<bool>,
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Notifications {
    notifications: Vec<NotificationView>,
    /// Of all, not of this page.
    unread_count: u64,
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct UnreadNotifications {
    unread_count: u64,
}

/// What the caller is told, newest first. Those that are read are shown for 30 days, or as long as is set. Up to 1,000 are unread: with
/// one more the oldest becomes read.
#[utoipa::path(get, path = "/api/notifications", tag = "notification", params(Asked), security(("bearer" = [])),
    responses((status = 200, body = Notifications), (status = 401), (status = 422)))]
pub(super) async fn notifications(
    inquiry: Inquiry,
    Params(asked): Params<Asked>,
) -> Result<Json<Notifications>, Error> {
    let limit = page::limit(asked.limit)?;
    let before = NotificationCursor::read_if_given(asked.cursor.as_deref())?;
    let (notifications, next) = inquiry.notifications(asked.unread.unwrap_or(false), before, limit).await?;
    let unread_count = inquiry.unread_notifications().await?;
    let next_cursor = next.map(|next| next.write()).transpose()?;
    Ok(Json(Notifications { notifications, unread_count, next_cursor }))
}

/// How many of them are not read.
#[utoipa::path(get, path = "/api/notifications/unread-count", tag = "notification",
    operation_id = "unread_notifications", security(("bearer" = [])),
    responses((status = 200, body = UnreadNotifications), (status = 401)))]
pub(super) async fn unread_count(inquiry: Inquiry) -> Result<Json<UnreadNotifications>, Error> {
    Ok(Json(UnreadNotifications { unread_count: inquiry.unread_notifications().await? }))
}

/// What the caller is told and what of it they have read, live: from now on, or after `Last-Event-ID`. Ids are opaque.
#[utoipa::path(get, path = "/api/notifications/stream", tag = "notification", operation_id = "notification_stream",
    params(("Last-Event-ID" = Option<String>, Header), streams::Asked), security(("bearer" = [])),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401), (status = 422)))]
pub(super) async fn stream(
    inquiry: Inquiry,
    caller: Caller,
    State(served): State<Served>,
    headers: HeaderMap,
    Params(asked): Params<streams::Asked>,
) -> Result<Response, Error> {
    let last: Option<Version> = streams::last::<Plain>(&headers, asked)?.map(|Plain(version)| version);
    inquiry.directory().await?;
    served.live.inbox(caller, last).map(streams::stream)
}
