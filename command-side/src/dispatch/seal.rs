//! From decided events to what is stored: sealed, serialized, chained.

use domain::hash::{Hash, Link};
use domain::stored::{NewEvent, Raw};
use domain::{Actor, Decide, EventId, HasPersonal, Place, StreamId, Version};
use uuid::Uuid;

use crate::ports::{Holder, Unavailable, Vault};

/// A decided event, readable.
#[derive(Clone)]
pub(super) struct Decided<A: Decide> {
    pub(super) event_id: EventId,
    pub(super) version: Version,
    pub(super) actor: Actor,
    pub(super) event: A::Event,
}

/// Seals `decided` and chains them behind `previous`; gives the new end of the chain too.
pub(super) async fn seal<A: Decide>(
    vault: &dyn Vault,
    stream: StreamId,
    previous: Hash,
    decided: &[Decided<A>],
) -> Result<(Vec<NewEvent>, Hash), Unavailable> {
    let mut sealed: Vec<_> = decided.iter().map(|one| one.event.clone()).collect();
    let mut holders: Vec<_> = (decided.iter().zip(&mut sealed))
        .map(|(one, event)| Holder { place: Place::event(stream, one.version), fields: event as &mut dyn HasPersonal })
        .collect();
    vault.seal(&mut holders).await?;
    let mut hash = previous;
    let mut events = Vec::with_capacity(sealed.len());
    for (one, event) in decided.iter().zip(&sealed) {
        let new = store_form(stream, hash, one, event)?;
        hash = new.raw.hash;
        events.push(new);
    }
    Ok((events, hash))
}

fn store_form<A: Decide>(
    stream: StreamId,
    previous: Hash,
    one: &Decided<A>,
    sealed: &A::Event,
) -> Result<NewEvent, Unavailable> {
    let json = serde_json::to_string(sealed).map_err(|error| Unavailable(error.to_string()))?;
    let (event_type, schema_version) = name_and_shape(sealed);
    let link = Link {
        stream,
        version: one.version,
        event_id: one.event_id,
        event_type: &event_type,
        schema_version,
        actor: &one.actor,
        payload: &json,
    };
    let hash = link.after(previous);
    let subject = A::subject(&one.event, stream.id);
    let raw = Raw { event_type, schema_version, json, subject, hash };
    Ok(NewEvent { event_id: one.event_id, actor: one.actor.clone(), raw })
}

fn name_and_shape<E: domain::event::Upcast>(event: &E) -> (String, u16) {
    let name = event.event_type();
    let shape = E::newest_shape(&name);
    (name, shape)
}

/// A new event's id: time-ordered, so that the store's index on it grows at one end.
pub(super) fn new_event_id() -> EventId {
    EventId(Uuid::now_v7())
}
