//! The envelope: what every event carries besides what it says.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{EventId, StreamId, Timestamp, UserId};

/// An event's place in the log: 1, 2, 3 … with no hole.
pub type Position = u64;

/// An event's place in its stream: 1, 2, 3 … with no hole.
pub type Version = u64;

/// Who caused an event, and in the course of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The signed-in user; nobody for what the system does by itself.
    pub user: Option<UserId>,
    /// The command (or event) that caused it.
    pub causation_id: Option<Uuid>,
    /// Ties together everything that one request led to; the trace id where there is one.
    pub correlation_id: String,
}

/// One recorded event. `P` is what it says: [`crate::Event`] when read, text as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<P = crate::Event> {
    /// Its place in the log.
    pub position: Position,
    /// To what it happened.
    pub stream: StreamId,
    /// Its place in that stream.
    pub version: Version,
    /// Its own id: the same event, wherever it is met.
    pub event_id: EventId,
    /// When it was appended.
    pub recorded_at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// What it says.
    pub payload: P,
}

impl<P> Envelope<P> {
    /// The same envelope round another payload.
    pub fn with<Q>(self, payload: Q) -> Envelope<Q> {
        let Self { position, stream, version, event_id, recorded_at, actor, .. } = self;
        Envelope { position, stream, version, event_id, recorded_at, actor, payload }
    }
}
