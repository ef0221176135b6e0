//! What the tests of this folder share, and those that look inside.

use command_side::ports::{Claim, ClaimKind};
use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Actor, Envelope, EventId, Position, StreamId, Timestamp, UserId};
use uuid::Uuid;

pub(super) fn person(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

/// The claim of a username of 32 times the same letter.
pub(super) fn claim(letter: u8, owner: UserId) -> Claim {
    Claim { kind: ClaimKind::Username, digest: [letter; 32], owner }
}

/// The event at `position`, in the stream of one person.
pub(super) fn event(position: Position) -> Envelope<Raw> {
    let stream = StreamId::from(person(1));
    let json = r#"{"PasswordChanged":{}}"#.to_owned();
    let payload = Raw {
        event_type: "PasswordChanged".to_owned(),
        schema_version: 1,
        json,
        subject: stream.id,
        hash: Hash::default(),
    };
    Envelope {
        position,
        stream,
        version: position,
        event_id: EventId(Uuid::from_u128(position.into())),
        recorded_at: Timestamp(0),
        actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
        payload,
    }
}
