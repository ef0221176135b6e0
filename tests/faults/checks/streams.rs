//! What streams said is what the log says, and nobody heard of a room what was appended after they were put out of it.

use std::time::Instant;

use super::Evidence;
use super::log::RoomEvent;
use crate::ledger::{Entry, What};
use crate::load::follower::Record;
use crate::load::track::Heard;

pub(super) fn check(evidence: &Evidence<'_>) -> String {
    let (mut frames, mut connections) = (0, 0);
    for record in evidence.records {
        frames += record.heard.len();
        connections += record.connections;
        for (_, heard) in &record.heard {
            check_frame(evidence, record, heard);
        }
        for (room, _) in evidence.log.rooms() {
            check_removals(evidence, record, room);
        }
    }
    let resets: usize = evidence.records.iter().map(|record| record.resets).sum();
    let streams = evidence.records.len();
    format!("{streams} streams, {connections} connections, {resets} resets, {frames} frames, as the log says them")
}

/// The frame of a version is of that version's event.
fn check_frame(evidence: &Evidence<'_>, record: &Record, heard: &Heard) {
    let Some(version) = heard.version else { return };
    let index = usize::try_from(version).unwrap_or(0).wrapping_sub(1);
    let Some(event) = evidence.log.room(&heard.room).get(index) else {
        return evidence
            .findings()
            .add("a stream says what the log says", format!("{}: {heard:?}, not there", record.who));
    };
    let is_it = frame_of(&event.name) == heard.event && event.message() == heard.message.as_deref();
    let what = || format!("{}: {heard:?} for {}", record.who, event.name);
    evidence.findings().unless(is_it, "a stream says what the log says", what);
}

fn frame_of(event: &str) -> &'static str {
    match event {
        "MessageSent" => "new_message",
        "MessageEdited" => "message_edited",
        "MessageDeleted" => "message_deleted",
        "ReactionAdded" | "ReactionRemoved" => "reaction",
        "MemberJoined" => "member_joined",
        "MemberLeft" | "MemberRemoved" => "member_left",
        _ => "room_changed",
    }
}

/// A removal, and when taking in again was begun: in between, nothing later may be heard.
struct Absence {
    version: u64,
    until: Option<Instant>,
}

fn check_removals(evidence: &Evidence<'_>, record: &Record, room: &str) {
    let absences = absences(evidence, &record.user, room);
    if absences.is_empty() {
        return;
    }
    for (at, heard) in record.heard.iter().filter(|(_, heard)| heard.room == room) {
        let Some(version) = heard.version else { continue };
        // The last removal before the event; whether they had been taken in again when they heard of it.
        let Some(absence) = absences.iter().rev().find(|absence| absence.version < version) else { continue };
        let is_back = absence.until.is_some_and(|until| until <= *at);
        let what = || format!("{}: {heard:?} after the removal at {}", record.who, absence.version);
        evidence.findings().unless(is_back, "nothing is delivered after a removal", what);
    }
}

fn absences(evidence: &Evidence<'_>, user: &str, room: &str) -> Vec<Absence> {
    let is_about = |event: &RoomEvent| event.name == "MemberRemoved" && event.field("user") == Some(user);
    let events = evidence.log.room(room).iter().zip(1..);
    let removals = events.filter(|(event, _)| is_about(event)).map(|(_, version)| version);
    let adds = |entry: &&Entry| {
        entry.room == room && entry.is_acknowledged() && entry.what == What::Add { user: user.to_owned() }
    };
    // One at a time, in turn: the n-th addition ends the n-th absence.
    let mut additions = evidence.entries.iter().filter(adds).map(|entry| entry.began);
    removals.map(|version| Absence { version, until: additions.next() }).collect()
}
