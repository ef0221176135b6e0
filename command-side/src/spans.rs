//! Spans of traces, told as log events under a target of their own, which cost nothing unless a process exports them.
//!
//! An event names the request that caused it and the trace, so nothing else has to be carried along to where something is done with it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::{Actor, EventId};
use tracing::Level;

/// What spans are told under. The fields are those that `infra` reads.
pub const TARGET: &str = "chat::span";

/// Whether anybody hears them.
#[must_use]
pub fn are_told() -> bool {
    tracing::enabled!(target: TARGET, Level::TRACE)
}

/// So long ago, in microseconds since 1970.
#[must_use]
pub fn ago(took: Duration) -> u64 {
    let then = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(took);
    u64::try_from(then.as_micros()).unwrap_or(u64::MAX)
}

/// An event was appended: what is done with it names its id.
pub fn appended(event: EventId, actor: &Actor, event_type: &str, took: Duration) {
    tracing::trace!(
        target: TARGET,
        span = "append",
        correlation_id = actor.correlation_id,
        own = %event.0,
        cause = actor.causation_id.map(display),
        began = ago(took),
        chat.event.type = event_type,
    );
}

/// Something was done with an event that was appended before.
pub fn done(span: &str, kind: &str, event: EventId, actor: &Actor, took: Duration) {
    tracing::trace!(
        target: TARGET,
        span,
        kind,
        correlation_id = actor.correlation_id,
        cause = %event.0,
        began = ago(took),
    );
}
