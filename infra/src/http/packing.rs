//! Compressing answers for clients that take it: JSON and metrics from a certain size on.
//!
//! Never streams: a frame would wait in the compressor until others fill it. Never images, which are compressed already.
//!
//! Compressing what mixes a secret with what an attacker may choose tells the secret by the length (BREACH). It is safe here: an
//! attacker can not make a browser ask for anything in somebody's name, because tokens travel in a header that only the
//! client's own code sets, and no cookie is ever looked at; and the only answers that hold a secret, those that hand out tokens, are `no-store` and left as they are.

use std::convert::Infallible;
use std::future::{Ready, ready};

use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Request};
use axum::response::Response;
use http_body::Body as _;
use tower::{ServiceExt as _, service_fn};
use tower_http::compression::Compression;

const PACKABLE: [&str; 3] = ["application/json", "application/problem+json", "application/openmetrics-text"];

const OURS: [&str; 2] = ["br", "gzip"];

/// Which of our codings a client takes, if it says so. That it refuses all others, or none at all, is left out: an answer that was made
/// is given as it is rather than not (RFC 9110, 12.5.3).
pub(super) fn codings(headers: &HeaderMap) -> Option<HeaderValue> {
    let said = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|said| said.to_str().ok());
    let ours = said.flat_map(|said| said.split(',')).map(str::trim).filter(|one| {
        let name = one.split(';').next().unwrap_or_default().trim();
        OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
    });
    let ours = ours.collect::<Vec<_>>().join(", ");
    HeaderValue::from_str(&ours).ok().filter(|ours| !ours.is_empty())
}

/// The answer, compressed if it is worth it and the client takes it; `from` is in bytes.
pub(super) async fn packed(mut response: Response, codings: Option<HeaderValue>, from: usize) -> Response {
    if !is_packable(&response, from) {
        return response;
    }
    match codings {
        Some(codings) => Box::pin(pack(response, codings)).await,
        None => {
            // Whoever keeps answers must not give this one to others who take it packed.
            response.headers_mut().append(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
            response
        }
    }
}

fn is_packable(response: &Response, from: usize) -> bool {
    let headers = response.headers();
    let is = |value: Option<&HeaderValue>, wanted: &dyn Fn(&str) -> bool| {
        value.and_then(|value| value.to_str().ok()).is_some_and(wanted)
    };
    let is_large = response.body().size_hint().lower() >= u64::try_from(from).unwrap_or(u64::MAX);
    is_large
        && is(headers.get(CONTENT_TYPE), &|kind| PACKABLE.contains(&kind.split(';').next().unwrap_or_default().trim()))
        && !is(headers.get(CACHE_CONTROL), &|control| control.contains("no-store"))
        && !headers.contains_key(CONTENT_ENCODING)
}

/// Through the layer's own negotiation, which knows preferences and what is refused.
async fn pack(response: Response, codings: HeaderValue) -> Response {
    let mut request = Request::new(());
    request.headers_mut().insert(ACCEPT_ENCODING, codings);
    let mut response = Some(response);
    let given = service_fn(move |_: Request<()>| -> Ready<Result<Response, Infallible>> {
        // It is asked once.
        ready(Ok(response.take().unwrap_or_default()))
    });
    let Ok(packed) = Compression::new(given).oneshot(request).await;
    packed.map(Body::new)
}
