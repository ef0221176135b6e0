//! What every port answers about itself.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Readiness;
use crate::telemetry::Metrics;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the answers are made of.
#[derive(Clone)]
pub(super) struct Pulse {
    pub(super) service: &'static str,
    pub(super) readiness: Readiness,
    pub(super) metrics: Metrics,
}

impl Pulse {
    /// Each part and whether it is there, counted too; and whether all are that are needed.
    async fn look(&self) -> (Vec<(&'static str, bool)>, bool) {
        let (parts, is_ready) = self.readiness.look().await;
        parts.iter().for_each(|(part, is_there)| self.metrics.depends(part, *is_there));
        (parts, is_ready)
    }
}

/// The calls, and their part of the document.
pub(super) fn routes(pulse: Pulse) -> OpenApiRouter {
    calls().with_state(pulse)
}

/// Their part of the document alone.
pub(super) fn document() -> OpenApi {
    calls().into_openapi()
}

fn calls() -> OpenApiRouter<Pulse> {
    OpenApiRouter::default().routes(routes!(health)).routes(routes!(ready)).routes(routes!(metrics))
}

/// That the process lives.
#[derive(Serialize, ToSchema)]
struct Health {
    #[schema(example = "healthy")]
    status: &'static str,
    #[schema(example = "gateway")]
    service: &'static str,
}

/// Whether what the process depends on is there.
#[derive(Serialize, ToSchema)]
struct Ready {
    #[schema(example = "ready")]
    status: &'static str,
    checks: BTreeMap<&'static str, &'static str>,
}

/// Whether the process lives
#[utoipa::path(get, path = "/health", tag = "operations", security(()), responses((status = 200, body = Health)))]
async fn health(State(pulse): State<Pulse>) -> Json<Health> {
    Json(Health { status: "healthy", service: pulse.service })
}

/// Whether it can answer: the parts that are away are named; 503 when it can do nothing without one of them
#[utoipa::path(
    get, path = "/health/ready", tag = "operations", security(()),
    responses((status = 200, body = Ready), (status = 503, body = Ready)),
)]
async fn ready(State(pulse): State<Pulse>) -> Response {
    let (parts, is_ready) = pulse.look().await;
    let (code, status) =
        if is_ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    let checks = parts.into_iter().map(|(part, there)| (part, if there { "ok" } else { "away" })).collect();
    (code, Json(Ready { status, checks })).into_response()
}

/// What is counted, as OpenMetrics
#[utoipa::path(
    get, path = "/metrics", tag = "operations", security(()),
    responses((status = 200, content_type = "application/openmetrics-text", body = String)),
)]
async fn metrics(State(pulse): State<Pulse>) -> impl IntoResponse {
    // So that nobody has to ask for readiness too.
    pulse.look().await;
    ([(CONTENT_TYPE, OPENMETRICS)], pulse.metrics.text())
}
