//! `/api/auth/sessions`, `/logout`: where somebody is logged in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Refusal, RefusalKind, SessionId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Caller, Commands, Error, Id};
use crate::ports::Session;

#[derive(Serialize, ToSchema)]
pub(super) struct Sessions {
    /// Newest first; at most 100, because a user has no more.
    sessions: Vec<SessionView>,
    /// Always null: all are on one page.
    next_cursor: Option<String>,
}

/// One login.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    #[schema(value_type = String)]
    id: SessionId,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    last_used_at: Timestamp,
    user_agent: Option<String>,
    /// Whether it is the one that asks.
    is_current: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct LoggedOut {
    message: &'static str,
    #[schema(value_type = String)]
    user_id: UserId,
}

/// Where the caller is logged in.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "user",
    operation_id = "list_sessions", security(("bearer" = [])),
    responses((status = 200, body = Sessions), (status = 401)))]
pub(super) async fn list(State(commands): State<Arc<Commands>>, caller: Caller) -> Result<Json<Sessions>, Error> {
    let sessions = commands.sessions.list(caller.user).await?;
    let view = |Session { id, created_at, last_used_at, user_agent, .. }| SessionView {
        id,
        created_at,
        last_used_at,
        user_agent,
        is_current: id == caller.session,
    };
    Ok(Json(Sessions { sessions: sessions.into_iter().map(view).collect(), next_cursor: None }))
}

/// Ends one of the caller's sessions, with its tokens and streams.
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "user",
    operation_id = "end_session", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 204), (status = 401), (status = 404, description = "SESSION_NOT_FOUND")))]
pub(super) async fn end(
    State(commands): State<Arc<Commands>>,
    caller: Caller,
    Id(session): Id<SessionId>,
) -> Result<StatusCode, Error> {
    let was_there = match session {
        Some(session) => commands.sessions.end(caller.user, session).await?,
        None => false,
    };
    if was_there {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Refusal::new(RefusalKind::NotFound, "SESSION_NOT_FOUND", "there is no such session").into())
}

/// Ends the session that asks, with its tokens and streams.
#[utoipa::path(post, path = "/api/auth/logout", tag = "user", security(("bearer" = [])),
    responses((status = 200, body = LoggedOut), (status = 401)))]
pub(super) async fn logout(State(commands): State<Arc<Commands>>, caller: Caller) -> Result<Json<LoggedOut>, Error> {
    commands.sessions.end(caller.user, caller.session).await?;
    Ok(Json(LoggedOut { message: "logged out", user_id: caller.user }))
}
