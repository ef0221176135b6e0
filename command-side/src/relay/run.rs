//! From events to the records of one run: what has arrived already is left out.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::stored::Raw;
use domain::{Envelope, Position};

use crate::ports::relay::{Broker, Ends, Outgoing, Reached};

/// What was read together and is acknowledged together.
pub(super) struct Run {
    pub(super) records: Vec<Outgoing>,
    /// What is reached once it is acknowledged; the ends of its own partitions only.
    pub(super) reached: Reached,
    pub(super) events: usize,
    /// Bytes of payload.
    pub(super) bytes: usize,
    /// When its first event was recorded, in milliseconds since 1970.
    pub(super) since: i64,
}

impl Run {
    /// The run of `events`, which are not empty; `ends` moves on by it.
    pub(super) fn of(events: Vec<Envelope<Raw>>, broker: &dyn Broker, ends: &mut Ends) -> Self {
        let since = events.first().map_or(0, |event| event.recorded_at.0);
        let (count, mut records, mut reached, mut bytes) = (events.len(), vec![], Reached::default(), 0);
        for event in events {
            let event = Arc::new(event);
            reached.position = event.position;
            reached.event_id = Some(event.event_id);
            bytes += event.payload.json.len();
            for partition in broker.partitions_of(&event) {
                let end = ends.entry(partition).or_default();
                reached.ends.insert(partition, event.position);
                if *end < event.position {
                    records.push(Outgoing { partition, after: *end, event: event.clone() });
                    *end = event.position;
                }
            }
        }
        Self { records, reached, events: count, bytes, since }
    }
}

/// Takes in what a run has reached.
pub(super) fn reach(all: &mut Reached, run: Reached) {
    all.position = run.position;
    all.event_id = run.event_id;
    for (partition, position) in run.ends {
        let end = all.ends.entry(partition).or_default();
        *end = position.max(*end);
    }
}

/// How far `head` is ahead of `position`.
pub(super) fn behind(head: Position, position: Position) -> u64 {
    head.saturating_sub(position)
}

/// Seconds since `then`, by the clock of this machine.
pub(super) fn age(then: i64) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let then = std::time::Duration::from_millis(u64::try_from(then).unwrap_or_default());
    now.saturating_sub(then).as_secs_f64()
}
