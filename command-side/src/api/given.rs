//! People, a room, and events as if they were recorded.

use domain::{Actor, Envelope, Event, EventId, RoomId, StreamId, Timestamp, UserId};
use uuid::Uuid;

pub(super) const ANN: UserId = UserId(Uuid::from_u128(1));
pub(super) const BOB: UserId = UserId(Uuid::from_u128(2));
pub(super) const CID: UserId = UserId(Uuid::from_u128(3));
pub(super) const ROOM: RoomId = RoomId(Uuid::from_u128(7));

/// What happened to a stream, an event a second.
pub(super) fn past<E: Into<Event>>(stream: impl Into<StreamId>, events: impl IntoIterator<Item = E>) -> Vec<Envelope> {
    let stream = stream.into();
    let envelope = |(version, event): (u64, E)| Envelope {
        position: 100 + version,
        stream,
        version,
        event_id: EventId(Uuid::from_u128(version.into())),
        recorded_at: Timestamp(1_700_000_000_000 + 1000 * i64::try_from(version).expect("small")),
        actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
        payload: event.into(),
    };
    (1..).zip(events).map(envelope).collect()
}
