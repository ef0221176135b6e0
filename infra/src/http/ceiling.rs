//! The yardstick of the load program: what this build answers when there is nothing to do. Like a command it needs somebody
//! who is signed in, and passes through all that a command passes through.

use axum::http::StatusCode;
use command_side::api::{Caller, Trace};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter {
    OpenApiRouter::default().routes(routes!(ceiling))
}

/// Does nothing, for somebody who is signed in
#[utoipa::path(post, path = "/api/ceiling", tag = "operations", responses((status = 204)))]
async fn ceiling(_: Caller, _: Trace) -> StatusCode {
    StatusCode::NO_CONTENT
}
