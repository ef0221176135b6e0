//! Every refusal has one form: a problem document (RFC 9457).

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use command_side::api::{Error, FieldError, Problem};
use serde::Serialize;
use std::time::Duration;

const TYPES: &str = "https://bigtech.chat/problems/";
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: String,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: &'static str,
    correlation_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

/// Gives a refusal its form; leaves any other response as it is. `body_limit` is in bytes.
pub(super) fn shape(mut response: Response, path: &str, correlation_id: &str, body_limit: usize) -> Response {
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return response;
    }
    let carried = response.extensions_mut().remove::<Problem>();
    match carried.or_else(|| unshaped(&response, body_limit)) {
        Some(problem) => write(response, &problem, path, correlation_id),
        None => response,
    }
}

fn write(mut response: Response, problem: &Problem, path: &str, correlation_id: &str) -> Response {
    let document = Document {
        r#type: kind(problem.code),
        title: title(problem.code),
        status: problem.status.as_u16(),
        detail: &problem.detail,
        instance: path,
        code: problem.code,
        correlation_id,
        errors: &problem.errors,
    };
    // Texts and numbers only: this does not fail.
    let body = serde_json::to_vec(&document).unwrap_or_default();
    *response.status_mut() = problem.status;
    *response.body_mut() = Body::from(body);
    response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
    response.headers_mut().remove(CONTENT_LENGTH);
    response
}

/// `BODY_TOO_LARGE` → `https://bigtech.chat/problems/body-too-large`.
pub(super) fn kind(code: &str) -> String {
    format!("{TYPES}{}", code.to_ascii_lowercase().replace('_', "-"))
}

/// `BODY_TOO_LARGE` → `Body too large`.
pub(super) fn title(code: &str) -> String {
    let mut title = code.to_ascii_lowercase().replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// What axum itself refused, in a text of its own; a refusal in JSON is somebody's intention.
fn unshaped(response: &Response, body_limit: usize) -> Option<Problem> {
    if is_json(response.headers()) {
        return None;
    }
    let malformed = || Error::Malformed { code: "MALFORMED", detail: "the request is not of the form".to_owned() };
    let error = match response.status() {
        StatusCode::NOT_FOUND => Error::NoSuchRoute,
        StatusCode::METHOD_NOT_ALLOWED => Error::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge(body_limit),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::UnsupportedMediaType("application/json"),
        StatusCode::UNAUTHORIZED => Error::Unauthenticated,
        StatusCode::SERVICE_UNAVAILABLE => Error::Away(Duration::from_secs(1)),
        status if status.is_client_error() => malformed(),
        _ => Error::Internal,
    };
    error.into_response().extensions_mut().remove()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/"))
}
