//! A record as the SDK of CloudEvents reads it. The SDK's own binding is to another release of rdkafka; this is the same, on ours.

use cloudevents::event::{Event, ExtensionValue, SpecVersion};
use cloudevents::message::{BinaryDeserializer, BinarySerializer, Error, MessageAttributeValue, Result};
use cloudevents::{AttributesReader as _, Data};
use rdkafka::Message as _;
use rdkafka::message::{Header, Headers as _, OwnedHeaders, OwnedMessage};
use serde_json::Value;

/// A record in binary mode.
struct Record<'m>(&'m OwnedMessage);

impl Record<'_> {
    fn header(&self, name: &str) -> Result<String> {
        let headers = self.0.headers().ok_or(Error::WrongEncoding {})?;
        let value = headers.iter().find(|header| header.key == name).and_then(|header| header.value);
        let text = String::from_utf8(value.ok_or(Error::WrongEncoding {})?.to_vec());
        text.map_err(|error| Error::Other { source: Box::new(error) })
    }
}

impl BinaryDeserializer for Record<'_> {
    fn deserialize_binary<R: Sized, V: BinarySerializer<R>>(self, visitor: V) -> Result<R> {
        let version = SpecVersion::try_from(self.header("ce_specversion")?.as_str())?;
        let attributes = version.attribute_names();
        let content_type = MessageAttributeValue::String(self.header("content-type")?);
        let mut visitor = visitor.set_spec_version(version)?.set_attribute("datacontenttype", content_type)?;
        for header in self.0.headers().ok_or(Error::WrongEncoding {})?.iter() {
            let Some(name) = header.key.strip_prefix("ce_").filter(|name| *name != "specversion") else { continue };
            let value = MessageAttributeValue::String(self.header(header.key)?);
            visitor = match attributes.contains(&name) {
                true => visitor.set_attribute(name, value)?,
                false => visitor.set_extension(name, value)?,
            };
        }
        visitor.end_with_data(self.0.payload().unwrap_or_default().to_vec())
    }
}

/// Reads a record.
pub(super) fn read(record: &OwnedMessage) -> Result<Event> {
    Record(record).into_event()
}

/// That the event says what the record does, and that its extensions are called as the specification wants it.
pub(super) fn check(event: &Event, headers: &Value, value: &Value) {
    let header = |name: &str| headers[format!("ce_{name}")].as_str();
    assert_eq!(event.specversion(), SpecVersion::V10);
    assert_eq!((Some(event.id()), Some(event.ty())), (header("id"), header("type")));
    assert_eq!((Some(event.source().as_str()), event.subject()), (header("source"), header("subject")));
    assert_eq!(event.datacontenttype(), Some("application/json"));
    let time = event.time().expect("a time").to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    assert_eq!(Some(time.as_str()), header("time"));
    for (name, extension) in event.iter_extensions() {
        let is_sound = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        assert!(is_sound && (1..=20).contains(&name.len()), "{name}");
        assert!(matches!(extension, ExtensionValue::String(text) if Some(text.as_str()) == header(name)), "{name}");
    }
    let Some(Data::Binary(data)) = event.data() else { panic!("{event:?}") };
    assert_eq!(&serde_json::from_slice::<Value>(data).expect("JSON"), value);
}

#[test]
fn what_is_no_cloud_event_is_refused() {
    let sound = [
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_id", "1"),
        ("ce_source", "/a"),
        ("ce_type", "t"),
        ("ce_time", "2026-01-01T00:00:00.000Z"),
    ];
    let record = |headers: &[(&str, &str)]| {
        let headers = headers
            .iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(*value) }));
        let at = rdkafka::Timestamp::NotAvailable;
        OwnedMessage::new(Some(b"{}".to_vec()), None, "t".to_owned(), at, 0, 0, Some(headers))
    };
    read(&record(&sound)).expect("it is one");
    for name in ["ce_specversion", "ce_source", "ce_type"] {
        let without: Vec<_> = sound.into_iter().filter(|(key, _)| *key != name).collect();
        assert!(read(&record(&without)).is_err(), "without {name}");
    }
    for (name, value) in [("ce_time", "noon"), ("ce_specversion", "9.9")] {
        let with = sound.map(|(key, sound)| (key, if key == name { value } else { sound }));
        assert!(read(&record(&with)).is_err(), "{name}: {value}");
    }
}
