//! What ties a request to others: its own id, and the correlation id that it brings along or gets.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName};
use command_side::api::Trace;
use uuid::{Builder, Uuid};

use crate::adapters::rates::counted;

pub(super) const X_CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Visible ASCII characters.
const LONGEST_CORRELATION_ID: usize = 64;

/// The trace of a request with these headers from a client with this address.
pub(super) fn trace(headers: &HeaderMap, address: Option<IpAddr>) -> Trace {
    let request_id = request_id();
    let brought = trace_id(headers).or_else(|| correlation_id(headers));
    let correlation_id = brought.map_or_else(|| request_id.to_string(), str::to_owned);
    let address = address.map(|address| counted(address).to_string()).unwrap_or_default();
    Trace { request_id, correlation_id, address }
}

fn correlation_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(X_CORRELATION_ID)?.to_str().ok()?;
    let visible = id.bytes().all(|byte| byte.is_ascii_graphic());
    (visible && (1..=LONGEST_CORRELATION_ID).contains(&id.len())).then_some(id)
}

fn trace_id(headers: &HeaderMap) -> Option<&str> {
    ids(headers.get(TRACEPARENT)?.to_str().ok()?).map(|(trace, _)| trace)
}

/// The span that a `traceparent` names.
pub(super) fn span_id(parent: &str) -> Option<&str> {
    ids(parent).map(|(_, span)| span)
}

/// The ids of trace and span in a `traceparent` as W3C Trace Context has it: `00-` 32 digits `-` 16 digits `-` 2 digits.
fn ids(parent: &str) -> Option<(&str, &str)> {
    let mut parts = parent.split('-');
    let [version, trace, span, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let later = version != "00";
    let sound = is_hex(version, 2) && version != "ff" && is_id(trace, 32) && is_id(span, 16) && is_hex(flags, 2);
    // Only a later version may have more to say.
    (sound && (later || parts.next().is_none())).then_some((trace, span))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|byte| byte != b'0')
}

/// A UUIDv7. `Uuid::now_v7` asks the kernel for random bytes each time, which costs more than all else done here; ids of
/// requests have to be unique, not secret, so each thread goes on from one random seed.
fn request_id() -> Uuid {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let milliseconds = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&random().to_be_bytes());
    bytes[8..].copy_from_slice(&random().to_be_bytes()[..2]);
    Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid()
}

/// xorshift128+.
fn random() -> u64 {
    thread_local! {
        static STATE: Cell<(u64, u64)> = Cell::new((seed() | 1, seed()));
    }
    let (mut a, b) = STATE.get();
    a ^= a << 23;
    a ^= (a >> 17) ^ b ^ (b >> 26);
    STATE.set((b, a));
    a.wrapping_add(b)
}

/// The standard library seeds its hash tables from the system's randomness.
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn request_ids_are_of_version_7_and_differ() {
        let ids: HashSet<Uuid> = (0..10_000).map(|_| request_id()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
