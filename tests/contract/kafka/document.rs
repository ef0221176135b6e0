//! The AsyncAPI document, held against real records: whatever the program writes is as it is described there, and is a CloudEvent.

mod cloud_event;
mod schemas;

use std::collections::BTreeSet;

use command_side::ports::{Append as _, Item};
use domain::event::subject;
use domain::{Event, Kind, StreamId};
use infra::adapters::kafka::document;
use rdkafka::Message as _;
use rdkafka::message::{Headers as _, OwnedMessage};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::given::event_about;
use super::statuses::Told;
use super::wire::{EACH, Wire};
use schemas::Schemas;

/// One line for each shape of each event that was ever written: the domain's own tests hold it against what is written.
const SHAPES: &str = include_str!("../../../domain/src/event/shapes.jsonl");

/// Every event in its newest shape, each in a stream of its own.
fn every_event() -> Vec<Item> {
    let lines = SHAPES.lines().map(|line| serde_json::from_str::<(Kind, String, u16, Value)>(line).expect(line));
    let newest = lines.filter_map(|(kind, name, shape, payload)| {
        let event = Event::read(kind, &name, shape, &payload.to_string()).expect(&name);
        (event.shape() == shape).then(|| item(StreamId { kind, id: Uuid::now_v7() }, &event, &payload))
    });
    newest.collect()
}

fn item(stream: StreamId, event: &Event, payload: &Value) -> Item {
    let mut new = event_about(subject(event, stream.id));
    new.raw.event_type = event.name().to_owned();
    new.raw.schema_version = event.shape();
    new.raw.json = payload.to_string();
    if event.name() == "RoomClosed" {
        (new.actor.user, new.actor.causation_id) = (None, None);
    }
    Item { stream: Some(stream), events: vec![new], ..Item::default() }
}

/// The headers of a record, as one value.
fn headers(message: &OwnedMessage) -> Value {
    let headers = message.headers().expect("it has some");
    let text = |value: Option<&[u8]>| String::from_utf8(value.unwrap_or_default().to_vec()).expect("text");
    headers
        .iter()
        .map(|header| (header.key.to_owned(), Value::String(text(header.value))))
        .collect::<Map<_, _>>()
        .into()
}

fn value(message: &OwnedMessage) -> Value {
    serde_json::from_slice(message.payload().expect("it has a value")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_records_are_as_the_document_says() {
    let Some(mut wire) = Wire::new().await else { return };
    let items = every_event();
    for answer in wire.store.append(&items).await.expect("the store is there") {
        answer.expect("no conflict");
    }
    wire.start();
    wire.relayed(items.len() as u64).await;
    let Some(people) = Told::new(&wire) else { return wire.end().await };
    people.tell_once().await;
    let document = document(&wire.url, EACH).expect("it can be described");
    let mut met = BTreeSet::new();
    for channel in document["channels"].as_object().expect("channels").values() {
        let topic = channel["address"].as_str().expect("a topic");
        for record in wire.records(topic) {
            met.insert(check(&document, channel, &record));
        }
    }
    let described = document["components"]["messages"].as_object().expect("messages").keys().cloned();
    assert_eq!(met, described.collect(), "every message was met");
    wire.end().await;
}

/// Checks one record; gives its message's name.
fn check(document: &Value, channel: &Value, record: &OwnedMessage) -> String {
    let (headers, value) = (headers(record), value(record));
    let kind = headers["ce_type"].as_str().expect("a type");
    let name = kind.strip_prefix("chat.bigtech.").expect("one of ours").to_owned();
    assert!(channel["messages"].get(&name).is_some(), "{name} is not of the channel {channel}");
    let schemas = Schemas::of(document);
    schemas.check(&format!("#/components/messages/{name}/headers"), &headers);
    schemas.check(&format!("#/components/schemas/{name}"), &value);
    let event = cloud_event::read(record).expect("the SDK takes it");
    cloud_event::check(&event, &headers, &value);
    let key = record.key().map(|key| String::from_utf8_lossy(key).into_owned());
    assert_eq!(key.as_deref(), headers["ce_partitionkey"].as_str());
    name
}
