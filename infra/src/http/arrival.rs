//! A request from its arrival to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use uuid::Uuid;

use super::problem;
use super::rules::{Route, Rules};
use super::trace::{X_CORRELATION_ID, span_id};
use crate::adapters::rates::Verdict;
use crate::config::CallKind;
use crate::telemetry::spans;

/// What is known of a request while it is answered.
pub(super) struct Arrival {
    pub(super) began: Instant,
    pub(super) request_id: Uuid,
    /// The `traceparent` that it brought along, whatever that says.
    pub(super) parent: Option<HeaderValue>,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) correlation_id: HeaderValue,
    pub(super) origin: Option<HeaderValue>,
    /// That the client takes.
    pub(super) codings: Option<HeaderValue>,
    pub(super) route: Arc<Route>,
    pub(super) judged: Option<Judged>,
    pub(super) bounds: Bounds,
}

/// What holds for one request.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes.
    pub(super) body: usize,
    pub(super) patience: Duration,
}

/// What a call counted as, and what came of it.
pub(super) struct Judged {
    pub(super) kind: CallKind,
    pub(super) by_user: bool,
    pub(super) verdict: Verdict,
}

impl Arrival {
    /// Completes the answer, and tells what became of the request.
    pub(super) fn leave(self, rules: &Rules, response: Response) -> Response {
        let correlation_id = self.correlation_id.to_str().unwrap_or_default();
        let mut response = problem::shape(response, self.uri.path(), correlation_id, self.bounds.body);
        let (status, took) = (response.status(), self.began.elapsed());
        tracing::debug!(method = %self.method, route = self.route.meter.route(), status = status.as_u16(), ?took, correlation_id);
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(method = %self.method, route = self.route.meter.route(), correlation_id, "answered 500");
        }
        if spans::are_told() {
            self.tell(status, took, correlation_id);
        }
        rules.origins.mark(self.origin, response.headers_mut());
        if let Some(Judged { kind, by_user, verdict }) = &self.judged {
            rules.policies.mark(*kind, *by_user, verdict, response.headers_mut());
        }
        response.headers_mut().insert(X_CORRELATION_ID, self.correlation_id);
        self.route.meter.count(&self.method, status, took);
        response
    }

    /// The request as a span: what it causes names its id.
    fn tell(&self, status: StatusCode, took: Duration, correlation_id: &str) {
        let (method, route) = (self.method.as_str(), self.route.meter.route());
        let parent = self.parent.as_ref().and_then(|parent| span_id(parent.to_str().ok()?));
        tracing::trace!(
            target: spans::TARGET,
            span = %format_args!("{method} {route}"),
            kind = "server",
            correlation_id,
            own = %self.request_id,
            parent,
            began = spans::ago(took),
            failed = status.is_server_error(),
            http.request.method = method,
            http.route = route,
            http.response.status_code = u64::from(status.as_u16()),
        );
    }
}
