//! One event as it is exported: everything that its hash covers, the payload byte for byte.

use domain::hash::{Hash, Link};
use domain::stored::Raw;
use domain::{Actor, Envelope, EventId, Kind, Position, StreamId, Timestamp, UserId, Version};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A line of an exported audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub kind: Kind,
    pub id: Uuid,
    pub version: Version,
    pub event_id: EventId,
    pub event_type: String,
    pub schema_version: u16,
    pub actor: Option<UserId>,
    pub causation_id: Option<Uuid>,
    pub correlation_id: String,
    /// JSON as a text: the hash covers its bytes.
    pub payload: String,
    /// 64 hexadecimal digits.
    pub hash: String,
    /// Not covered by the hash.
    pub position: Position,
    /// Not covered by the hash.
    pub recorded_at: Timestamp,
}

impl Record {
    /// The event as it is stored, with nothing opened.
    #[must_use]
    pub fn of(event: &Envelope<Raw>) -> Self {
        let Envelope { position, stream, version, event_id, recorded_at, actor, payload: raw } = event.clone();
        Self {
            kind: stream.kind,
            id: stream.id,
            version,
            event_id,
            event_type: raw.event_type,
            schema_version: raw.schema_version,
            actor: actor.user,
            causation_id: actor.causation_id,
            correlation_id: actor.correlation_id,
            payload: raw.json,
            hash: raw.hash.to_string(),
            position,
            recorded_at,
        }
    }

    /// To what it happened.
    #[must_use]
    pub const fn stream(&self) -> StreamId {
        StreamId { kind: self.kind, id: self.id }
    }

    /// The hash that it must have behind `previous`.
    #[must_use]
    pub fn hash_after(&self, previous: Hash) -> Hash {
        let actor =
            Actor { user: self.actor, causation_id: self.causation_id, correlation_id: self.correlation_id.clone() };
        let link = Link {
            stream: self.stream(),
            version: self.version,
            event_id: self.event_id,
            event_type: &self.event_type,
            schema_version: self.schema_version,
            actor: &actor,
            payload: &self.payload,
        };
        link.after(previous)
    }
}
