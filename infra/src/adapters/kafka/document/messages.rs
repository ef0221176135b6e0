//! One message for each event.

use domain::friendship::FriendshipEvent;
use domain::inbox::InboxEvent;
use domain::read_cursor::ReadCursorEvent;
use domain::room::RoomEvent;
use domain::user::UserEvent;
use domain::{Event, Kind, StreamId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{BINDING, JSON, headers, reference, shapes};
use crate::adapters::kafka::record;
use crate::adapters::partitions::{Partitions, Topic, topic_of};

/// An event as it is described.
pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) topic: Topic,
    pub(super) payload: Value,
    /// Whether it goes to the topic of copies too.
    pub(super) is_copied: bool,
    kind: Kind,
    shape: u16,
}

/// Those of all events.
pub(super) fn all() -> Result<Vec<Message>, String> {
    let contexts = Kind::ALL.map(|kind| match kind {
        Kind::User => of::<UserEvent>(kind, UserEvent::SHAPES),
        Kind::Friendship => of::<FriendshipEvent>(kind, FriendshipEvent::SHAPES),
        Kind::Room => of::<RoomEvent>(kind, RoomEvent::SHAPES),
        Kind::ReadCursor => of::<ReadCursorEvent>(kind, ReadCursorEvent::SHAPES),
        Kind::Inbox => of::<InboxEvent>(kind, InboxEvent::SHAPES),
    });
    Ok(contexts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn of<E: DeserializeOwned + Into<Event>>(kind: Kind, shapes: &[(&'static str, u16)]) -> Result<Vec<Message>, String> {
    // Another id than the one that everything in a described event has.
    let stream = StreamId { kind, id: Uuid::max() };
    let message = |(name, shape): &(&'static str, u16)| {
        let (payload, event) = shapes::event::<E>(name).map_err(|error| format!("{name}: {error}"))?;
        let subject = domain::event::subject(&event.into(), stream.id);
        let topic = topic_of(Partitions::Topics(1).of(stream, subject));
        let (topic, _) = topic.ok_or_else(|| format!("events of {} have no topic", kind.as_str()))?;
        let is_copied = record::is_copied(stream, subject);
        Ok(Message { name, topic, payload, is_copied, kind, shape: *shape })
    };
    shapes.iter().map(message).collect()
}

impl Message {
    pub(super) fn component(&self) -> Value {
        let this = json!({ "type": "object", "properties": {
            headers::TYPE: { "const": record::type_of(self.name) },
            headers::EVENT_TYPE: { "const": self.name },
            headers::STREAM_TYPE: { "const": self.kind.as_str() },
            headers::SCHEMA_VERSION: { "const": self.shape.to_string() },
        } });
        json!({
            "name": self.name,
            "title": self.name,
            "contentType": JSON,
            "headers": { "allOf": [reference("schemas", "Headers"), this] },
            "payload": reference("schemas", self.name),
            "bindings": { "kafka": { "key": { "type": "string", "format": "uuid" }, "bindingVersion": BINDING } },
        })
    }
}
