//! A room's order is the order of time: what was acknowledged before something else was begun stands before it.

use std::collections::HashMap;

use super::Evidence;
use crate::ledger::Entry;

pub(super) fn check(evidence: &Evidence<'_>) -> String {
    let mut rooms: HashMap<&str, Vec<(u64, &Entry)>> = HashMap::new();
    for entry in evidence.entries {
        if let Some((_, version)) = entry.sent() {
            rooms.entry(&entry.room).or_default().push((version, entry));
        }
    }
    for (room, sent) in &mut rooms {
        sent.sort_by_key(|(version, _)| *version);
        inversions(evidence, room, sent);
    }
    let count: usize = rooms.values().map(Vec::len).sum();
    format!("{count} messages in {} rooms stand in the order in which they were acknowledged", rooms.len())
}

fn inversions(evidence: &Evidence<'_>, room: &str, sent: &[(u64, &Entry)]) {
    let mut latest: Option<(u64, &Entry)> = None;
    for (version, entry) in sent {
        if let Some((before, other)) = latest.filter(|(_, other)| entry.ended < other.began) {
            let what = format!(
                "{room}: {:?} at {version} was acknowledged before {:?} at {before} was begun",
                entry.what, other.what
            );
            evidence.findings().add("a room is in order", what);
        }
        if latest.is_none_or(|(_, other)| other.began < entry.began) {
            latest = Some((*version, entry));
        }
    }
}
