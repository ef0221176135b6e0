//! Which limit a call counts against, and how its answer says what is left (draft-ietf-httpapi-ratelimit-headers).

use std::collections::HashMap;
use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use utoipa::openapi::path::{Operation, PathItem};

use crate::adapters::rates::{Rates, Verdict, Whose};
use crate::config::{CallKind, Rate};

pub(super) const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(super) const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is asked after by machines, and not limited.
const FREE: [&str; 3] = ["/health", "/health/ready", "/metrics"];

/// What the calls of one path count as, by method.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    of: HashMap<Method, CallKind>,
    is_free: bool,
}

impl Kinds {
    /// As the document describes the path.
    pub(super) fn of(path: &str, item: &PathItem) -> Self {
        let methods = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        let known = methods.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)));
        let of = known.map(|(method, operation)| (method, kind(path, operation))).collect();
        Self { of, is_free: FREE.contains(&path) }
    }

    /// What a call counts as; a browser's question whether it may call counts as nothing, and so does what machines ask.
    pub(super) fn get(&self, method: &Method) -> Option<CallKind> {
        if self.is_free || *method == Method::OPTIONS {
            return None;
        }
        Some(self.of.get(method).copied().unwrap_or(CallKind::Query))
    }
}

fn kind(path: &str, operation: &Operation) -> CallKind {
    let takes_key = || operation.parameters.iter().flatten().any(|parameter| is_named(parameter, "Idempotency-Key"));
    if path.ends_with("/auth/register") {
        CallKind::Registration
    } else if path.ends_with("/auth/login") || path.ends_with("/auth/login/json") {
        CallKind::Login
    } else if path.ends_with("/profile/export") {
        CallKind::Export
    } else if is_stream(operation) {
        CallKind::Stream
    } else if takes_key() || path == "/api/ceiling" {
        // The yardstick of commands is held to what commands are held to.
        CallKind::Command
    } else {
        CallKind::Query
    }
}

fn is_named(parameter: &utoipa::openapi::RefOr<utoipa::openapi::path::Parameter>, name: &str) -> bool {
    matches!(parameter, utoipa::openapi::RefOr::T(parameter) if parameter.name == name)
}

fn is_stream(operation: &Operation) -> bool {
    operation.responses.responses.values().any(|response| match response {
        utoipa::openapi::RefOr::T(response) => response.content.contains_key("text/event-stream"),
        utoipa::openapi::RefOr::Ref(_) => false,
    })
}

/// What answers say about limits, made once.
pub(super) struct Policies(HashMap<(CallKind, bool), HeaderValue>);

impl Policies {
    pub(super) fn of(rates: &Rates) -> Self {
        let all = CallKind::ALL.iter().flat_map(|kind| [(*kind, false), (*kind, true)]);
        Self(all.filter_map(|(kind, by_user)| Some(((kind, by_user), policy(rates, kind, by_user)?))).collect())
    }

    /// Says which limits apply, and what is left of the one that is nearest; `by_user` when somebody is signed in.
    pub(super) fn mark(&self, kind: CallKind, by_user: bool, verdict: &Verdict, headers: &mut HeaderMap) {
        if let Some(policy) = self.0.get(&(kind, by_user)) {
            headers.insert(RATELIMIT_POLICY, policy.clone());
        }
        if let Ok(left) = HeaderValue::from_str(&left(kind, verdict)) {
            headers.insert(RATELIMIT, left);
        }
    }
}

/// `"commands-user";q=1000;w=20`: so many at once, all of them free again after so many seconds.
fn policy(rates: &Rates, kind: CallKind, by_user: bool) -> Option<HeaderValue> {
    let limits = rates.limits(kind);
    let user = limits.user.filter(|_| by_user).map(|rate| (Whose::User, rate));
    let both = [user, limits.address.map(|rate| (Whose::Address, rate))];
    let texts: Vec<_> = both.into_iter().flatten().map(|(whose, rate)| item(kind, whose, rate)).collect();
    if texts.is_empty() { None } else { HeaderValue::from_str(&texts.join(", ")).ok() }
}

fn item(kind: CallKind, whose: Whose, rate: Rate) -> String {
    format!("\"{}-{}\";q={};w={}", kind.as_str(), name(whose), rate.burst, seconds(rate.whole()))
}

fn left(kind: CallKind, verdict: &Verdict) -> String {
    let mut text = String::with_capacity(48);
    // Where nothing is left, `t` is when something is; else when all is.
    let until = verdict.wait.unwrap_or(verdict.whole_in);
    // Writing to a String does not fail.
    write!(text, "\"{}-{}\";r={};t={}", kind.as_str(), name(verdict.whose), verdict.left, seconds(until)).ok();
    text
}

const fn name(whose: Whose) -> &'static str {
    match whose {
        Whose::User => "user",
        Whose::Address => "address",
    }
}

/// Up, so that who waits as long as told is let in.
pub(super) fn seconds(span: std::time::Duration) -> u64 {
    span.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}
