//! Who asks: the bearer of an access token, and nobody because a header says so.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use command_side::api::Caller;

/// Reading access tokens.
pub trait Verify: Send + Sync {
    /// Who bears this token; nobody when it is forged, expired, or of a session that has ended.
    fn verify(&self, token: &str) -> Option<Caller>;
}

impl<F: Fn(&str) -> Option<Caller> + Send + Sync> Verify for F {
    fn verify(&self, token: &str) -> Option<Caller> {
        self(token)
    }
}

/// Who sends these headers. A token that is none is nobody: what needs somebody answers 401, what is public does not care.
pub(super) fn caller(headers: &HeaderMap, tokens: &dyn Verify) -> Option<Caller> {
    tokens.verify(bearer(headers.get(AUTHORIZATION)?.to_str().ok()?)?)
}

/// The scheme's case does not matter (RFC 9110).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
