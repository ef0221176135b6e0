//! Spans of traces, told as log events that cost nothing unless a process exports them: as the write side tells them, which this crate
//! does not know.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::{Actor, EventId};
use tracing::Level;

use crate::ports::{Batch, Entry};

const TARGET: &str = "chat::span";

/// The events of a batch, if anybody hears what becomes of them.
pub(crate) fn of(batch: &Batch) -> Vec<(EventId, Actor)> {
    if !tracing::enabled!(target: TARGET, Level::TRACE) {
        return vec![];
    }
    let events = batch.entries.iter().filter_map(|entry| match entry {
        Entry::Event(event) => Some((event.event_id, event.actor.clone())),
        Entry::Unreadable(_) => None,
    });
    events.collect()
}

/// They are in the read model of this name.
pub(crate) fn projected(model: &str, events: &[(EventId, Actor)], took: Duration) {
    let then = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(took);
    let began = u64::try_from(then.as_micros()).unwrap_or(u64::MAX);
    for (event, actor) in events {
        tracing::trace!(
            target: TARGET,
            span = %format_args!("project {model}"),
            kind = "consumer",
            correlation_id = actor.correlation_id,
            cause = %event.0,
            began,
        );
    }
}
