//! An event as a record: a CloudEvent in binary mode, its payload as it is stored.

use std::fmt::Write as _;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat};
use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Actor, Envelope, EventId, Kind, Position, StreamId, Timestamp, UserId};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use uuid::Uuid;

use crate::telemetry::spans::traceparent;

const PREFIX: &str = "ce_";
/// What every record says of its form.
pub(super) const CLOUD_EVENT: [(&str, &str); 2] = [("content-type", "application/json"), ("ce_specversion", "1.0")];

/// What happened, as CloudEvents have it: with who says so before it.
pub(super) fn type_of(event_type: &str) -> String {
    format!("chat.bigtech.{event_type}")
}

/// Whether an event of `stream` about `subject` is copied to the topic of what happens to rooms as such.
pub(super) fn is_copied(stream: StreamId, subject: Uuid) -> bool {
    stream.kind == Kind::Room && subject == stream.id
}

/// A record of ours, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub event: Envelope<Raw>,
    /// No event of the partition lies between this position and the event's own.
    pub after: Position,
}

/// A record that is not one of ours, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a record of this system: {0}")]
pub struct Foreign(String);

/// The headers of the record of `event`, of which the one before in its partition is at `after`.
#[must_use]
pub fn encode(event: &Envelope<Raw>, after: Position) -> OwnedHeaders {
    let StreamId { kind, id } = event.stream;
    let raw = &event.payload;
    let source = format!("/bigtech-chat/{}/{id}", kind.as_str().to_lowercase());
    let begun = OwnedHeaders::new_with_capacity(20);
    let mut headers = CLOUD_EVENT
        .into_iter()
        .fold(begun, |headers, (name, value)| headers.insert(header(name, value)))
        .insert(header("ce_id", &event.event_id.0.to_string()))
        .insert(header("ce_source", &source))
        .insert(header("ce_type", &type_of(&raw.event_type)))
        .insert(header("ce_subject", &raw.subject.to_string()))
        .insert(header("ce_time", &time(event.recorded_at)))
        .insert(header("ce_partitionkey", &domain::event::key(event.stream, raw.subject).to_string()))
        .insert(header("ce_position", &event.position.to_string()))
        .insert(header("ce_after", &after.to_string()))
        .insert(header("ce_streamtype", kind.as_str()))
        .insert(header("ce_streamid", &id.to_string()))
        .insert(header("ce_streamversion", &event.version.to_string()))
        .insert(header("ce_eventtype", &raw.event_type))
        .insert(header("ce_schemaversion", &raw.schema_version.to_string()))
        .insert(header("ce_hash", &hex(&raw.hash)))
        .insert(header("ce_correlationid", &event.actor.correlation_id))
        .insert(header("traceparent", &traceparent(&event.actor.correlation_id, event.event_id.0)));
    if let Some(user) = event.actor.user {
        headers = headers.insert(header("ce_actor", &user.0.to_string()));
    }
    if let Some(cause) = event.actor.causation_id {
        headers = headers.insert(header("ce_causationid", &cause.to_string()));
    }
    headers
}

pub(super) fn header<'a>(key: &'a str, value: &'a str) -> Header<'a, &'a str> {
    Header { key, value: Some(value) }
}

pub(super) fn time(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn hex(hash: &Hash) -> String {
    hash.0.iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// Reads a record. The time of recording is the record's own, to the millisecond.
///
/// # Errors
/// It is not one of ours.
pub fn decode(message: &impl Message) -> Result<Record, Foreign> {
    let fields = Fields::of(message)?;
    let raw = Raw {
        event_type: fields.text("eventtype")?.to_owned(),
        schema_version: fields.read("schemaversion")?,
        json: utf8(message.payload().ok_or_else(|| Foreign("it has no payload".to_owned()))?)?.to_owned(),
        subject: fields.read("subject")?,
        hash: Hash::parse(fields.text("hash")?).ok_or_else(|| Foreign("ce_hash is no hash".to_owned()))?,
    };
    let actor = Actor {
        user: fields.maybe("actor")?.map(UserId),
        causation_id: fields.maybe("causationid")?,
        correlation_id: fields.text("correlationid")?.to_owned(),
    };
    let event = Envelope {
        position: fields.read("position")?,
        stream: StreamId { kind: fields.read::<Kind>("streamtype")?, id: fields.read("streamid")? },
        version: fields.read("streamversion")?,
        event_id: EventId(fields.read("id")?),
        recorded_at: fields.time()?,
        actor,
        payload: raw,
    };
    Ok(Record { after: fields.read("after")?, event })
}

/// The values of a record's headers.
struct Fields<'m>(Vec<(&'m str, &'m str)>);

impl<'m> Fields<'m> {
    fn of(message: &'m impl Message) -> Result<Self, Foreign> {
        let headers = message.headers().ok_or_else(|| Foreign("it has no headers".to_owned()))?;
        let ours = headers.iter().filter_map(|header| Some((header.key.strip_prefix(PREFIX)?, header.value?)));
        ours.map(|(name, value)| Ok((name, utf8(value)?))).collect::<Result<_, _>>().map(Self)
    }

    fn get(&self, name: &str) -> Option<&'m str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Result<&'m str, Foreign> {
        self.get(name).ok_or_else(|| Foreign(format!("{PREFIX}{name} is missing")))
    }

    fn read<T: FromStr>(&self, name: &str) -> Result<T, Foreign> {
        self.text(name)?.parse().map_err(|_| Foreign(format!("{PREFIX}{name} can not be read")))
    }

    fn maybe(&self, name: &str) -> Result<Option<Uuid>, Foreign> {
        self.get(name).map(|_| self.read(name)).transpose()
    }

    fn time(&self) -> Result<Timestamp, Foreign> {
        let time = DateTime::parse_from_rfc3339(self.text("time")?);
        time.map(|time| Timestamp(time.timestamp_millis())).map_err(|_| Foreign("ce_time is no time".to_owned()))
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Foreign> {
    std::str::from_utf8(bytes).map_err(|_| Foreign("it is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use rdkafka::Timestamp as At;
    use rdkafka::message::OwnedMessage;

    use super::*;

    fn event() -> Envelope<Raw> {
        let stream = StreamId { kind: Kind::Room, id: Uuid::from_u128(7) };
        let raw = Raw {
            event_type: "MessageSent".to_owned(),
            schema_version: 2,
            json: r#"{"MessageSent":{"ü":1}}"#.to_owned(),
            subject: Uuid::from_u128(9),
            hash: Hash([0xab; 32]),
        };
        let actor = Actor {
            user: Some(UserId(Uuid::from_u128(3))),
            causation_id: None,
            correlation_id: "a \"walk\" – ünïcode".to_owned(),
        };
        Envelope {
            position: 12,
            stream,
            version: 4,
            event_id: EventId(Uuid::from_u128(5)),
            recorded_at: Timestamp(1_764_000_000_123),
            actor,
            payload: raw,
        }
    }

    fn message(headers: Option<OwnedHeaders>) -> OwnedMessage {
        let payload = Some(event().payload.json.into_bytes());
        OwnedMessage::new(payload, None, "t".to_owned(), At::NotAvailable, 0, 0, headers)
    }

    #[test]
    fn what_is_encoded_is_read_as_what_it_was() {
        let read = decode(&message(Some(encode(&event(), 11))));
        assert_eq!(read, Ok(Record { event: event(), after: 11 }));
    }

    #[test]
    fn a_record_that_is_not_ours_is_named() {
        assert!(decode(&message(None)).is_err());
        let other = OwnedHeaders::new().insert(header("ce_id", "x"));
        let why = decode(&message(Some(other))).expect_err("foreign").to_string();
        assert!(why.contains("ce_eventtype is missing"), "{why}");
    }
}
