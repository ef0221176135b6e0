//! An event as text: before it is appended, and as it comes back from the store.

use uuid::Uuid;

use crate::hash::{Hash, Link};
use crate::{Actor, Envelope, EventId};

/// A payload as it is stored: its type's name, the version of its shape and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The event's name, such as `MessageSent`.
    pub event_type: String,
    /// The version of the payload's shape, from 1 on.
    pub schema_version: u16,
    /// JSON, exactly as it was hashed.
    pub json: String,
    /// What the event is about inside its stream: a message's id, or the stream's own.
    pub subject: Uuid,
    /// Covers this event and, through the one before, the whole stream so far.
    pub hash: Hash,
}

impl Envelope<Raw> {
    /// The hash that it must have behind `previous`, that of the one before in its stream (all zero before the first).
    #[must_use]
    pub fn hash_after(&self, previous: Hash) -> Hash {
        let Raw { event_type, schema_version, json, .. } = &self.payload;
        let link = Link {
            stream: self.stream,
            version: self.version,
            event_id: self.event_id,
            event_type,
            schema_version: *schema_version,
            actor: &self.actor,
            payload: json,
        };
        link.after(previous)
    }
}

/// An event that is decided and sealed, and waits for its version, position and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub event_id: EventId,
    pub actor: Actor,
    pub raw: Raw,
}
