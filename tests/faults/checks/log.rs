//! The event table: positions and versions without a hole, and what it says about rooms.

use std::collections::HashMap;

use serde_json::Value;
use world::{Stored, World, events, without_holes};

use super::Evidence;

/// An event of a room's stream.
#[derive(Clone, Debug)]
pub(crate) struct RoomEvent {
    pub(crate) name: String,
    pub(crate) payload: Value,
}

impl RoomEvent {
    /// A field of the payload, under the event's name or not.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.payload.get(name).or_else(|| self.payload.get(&self.name)?.get(name))?.as_str()
    }

    pub(crate) fn message(&self) -> Option<&str> {
        self.field("message_id")
    }
}

/// All events, read past our processes.
pub(crate) struct Log {
    events: Vec<Stored>,
    /// Of each room, by version from 1.
    rooms: HashMap<String, Vec<RoomEvent>>,
}

impl Log {
    pub(crate) async fn read(world: &World) -> Self {
        let events = events(world).await;
        let mut rooms: HashMap<String, Vec<RoomEvent>> = HashMap::new();
        for event in events.iter().filter(|event| event.kind == "Room") {
            let payload = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
            rooms.entry(event.id.clone()).or_default().push(RoomEvent { name: event.event_type.clone(), payload });
        }
        Self { events, rooms }
    }

    /// A room's events; the first has version 1.
    pub(crate) fn room(&self, room: &str) -> &[RoomEvent] {
        self.rooms.get(room).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn rooms(&self) -> impl Iterator<Item = (&str, &[RoomEvent])> {
        self.rooms.iter().map(|(room, events)| (room.as_str(), events.as_slice()))
    }

    /// The version that each room has come to.
    pub(crate) fn heads(&self) -> HashMap<String, u64> {
        self.rooms.iter().map(|(room, events)| (room.clone(), events.len() as u64)).collect()
    }
}

pub(super) fn check(evidence: &Evidence<'_>) -> String {
    match without_holes(&evidence.log.events) {
        Ok(count) => format!("{count} events, positions 1 to {count}, versions of every stream likewise"),
        Err(hole) => {
            evidence.findings().add("the log has no hole", hole.clone());
            hole
        }
    }
}
