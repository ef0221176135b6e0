use std::collections::BTreeSet;

use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Actor, Envelope, Event, EventId, Kind, StreamId, Timestamp, UserId};
use rdkafka::message::Headers as _;
use uuid::Uuid;

use super::*;
use crate::adapters::kafka::record::encode;

fn described() -> Value {
    let url = KafkaUrl::read("kafka://a:1,b:2?prefix=x.&security.protocol=plaintext").expect("a URL");
    document(&url, 6).expect("it can be described")
}

fn payload(name: &str) -> Value {
    described()["components"]["schemas"][name]["properties"][name]["properties"].clone()
}

#[test]
fn payloads_are_described_as_they_are_read() {
    let sent = payload("MessageSent");
    assert_eq!(sent["message_id"], json!({ "type": "string", "format": "uuid" }));
    assert_eq!(sent["number"], json!({ "type": "integer", "minimum": 0 }));
    assert_eq!(sent["content"], json!({ "$ref": "#/components/schemas/Personal" }));
    assert_eq!(sent["message_type"], json!({ "type": "string", "enum": ["text", "image", "file"] }));
    assert_eq!(sent["reply_to"], json!({ "oneOf": [{ "type": "string", "format": "uuid" }, { "type": "null" }] }));
    let opened = payload("RoomOpened");
    assert_eq!(opened["members"]["items"]["properties"]["user"], json!({ "type": "string", "format": "uuid" }));
    assert_eq!(payload("ReactionAdded")["emoji"], json!({ "type": "string" }));
    assert_eq!(payload("RoomClosed"), json!({}));
}

#[test]
fn every_event_is_on_the_channel_of_its_topic() {
    let document = described();
    let on = |channel: &str| document["channels"][channel]["messages"].as_object().map(Map::len);
    assert_eq!([on("user_events"), on("friend_events"), on("message_events")], [Some(8), Some(8), Some(14)]);
    assert_eq!((on("chat_events"), on("notification_events")), (Some(8), Some(6)));
    assert!(document["channels"]["chat_events"]["messages"].get("MessageSent").is_none());
    assert_eq!(on("user_online_status"), Some(1));
    assert_eq!(document["components"]["messages"].as_object().map(Map::len), Some(37));
}

#[test]
fn channels_are_described_as_topics_are_made() {
    let document = described();
    let channels = document["channels"].as_object().expect("channels");
    assert_eq!(channels.len(), 6);
    assert_eq!(channels["user_events"]["address"], "x.user.events");
    let binding = &channels["user_events"]["bindings"]["kafka"];
    assert_eq!((&binding["partitions"], &binding["replicas"]), (&json!(6), &json!(3)));
    assert_eq!(binding["topicConfiguration"], json!({ "cleanup.policy": ["delete"], "retention.ms": 604_800_000 }),);
    let compacted = &channels["user_online_status"]["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"];
    assert_eq!(compacted, &json!(["compact"]));
    let hosts: Vec<_> =
        document["servers"].as_object().expect("servers").values().map(|server| &server["host"]).collect();
    assert_eq!(hosts, ["a:1", "b:2"]);
}

/// An event with everything that an event can have.
fn event() -> Envelope<Raw> {
    let stream = StreamId { kind: Kind::Room, id: Uuid::from_u128(7) };
    let payload = Raw {
        event_type: "RoomClosed".to_owned(),
        schema_version: 1,
        json: r#"{"RoomClosed":{}}"#.to_owned(),
        subject: stream.id,
        hash: Hash([1; 32]),
    };
    let somebody = Uuid::from_u128(3);
    let actor = Actor { user: Some(UserId(somebody)), causation_id: Some(somebody), correlation_id: String::new() };
    let (position, version, event_id, recorded_at) = (2, 1, EventId(somebody), Timestamp(0));
    Envelope { position, stream, version, event_id, recorded_at, actor, payload }
}

#[test]
fn the_headers_that_are_written_are_those_that_are_described() {
    let document = described();
    let headers = &document["components"]["schemas"]["Headers"];
    let described: BTreeSet<_> = headers["properties"].as_object().expect("headers").keys().cloned().collect();
    let names = |event: &Envelope<Raw>| encode(event, 1).iter().map(|header| header.key.to_owned()).collect();
    let written: BTreeSet<String> = names(&event());
    assert_eq!(written, described);
    let nobody = Actor { user: None, causation_id: None, correlation_id: String::new() };
    let always: BTreeSet<String> = names(&Envelope { actor: nobody, ..event() });
    let required = headers["required"].as_array().expect("a list").iter().filter_map(Value::as_str);
    assert_eq!(always, required.map(str::to_owned).collect());
}

#[test]
fn the_headers_of_a_status_are_those_that_are_described() {
    let headers = &described()["components"]["schemas"]["StatusHeaders"];
    let described: BTreeSet<_> = headers["properties"].as_object().expect("headers").keys().cloned().collect();
    let written = crate::adapters::kafka::status::headers("somebody");
    assert_eq!(written.iter().map(|header| header.key.to_owned()).collect::<BTreeSet<_>>(), described);
    assert_eq!(headers["required"].as_array().map(Vec::len), Some(described.len()));
}

#[test]
fn what_a_message_says_of_itself_is_what_is_written() {
    let event = event();
    let read = Event::read(Kind::Room, "RoomClosed", 1, &event.payload.json).expect("known");
    let message = &described()["components"]["messages"][read.name()]["headers"]["allOf"][1]["properties"];
    for header in encode(&event, 1).iter() {
        let value = header.value.and_then(|value| std::str::from_utf8(value).ok());
        assert!(message.get(header.key).is_none_or(|is| is["const"].as_str() == value), "{}", header.key);
    }
}

/// `docs/topics.md`, which tells the same to people.
const TOPICS: &str = include_str!("../../../../../docs/topics.md");

/// The words in backticks of a part of a text.
fn named(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_headers_that_are_written_are_those_that_people_are_told_of() {
    let (_, table) = TOPICS.split_once("| header | says |").expect("a table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let told: BTreeSet<_> = rows.filter_map(|row| named(row.split('|').nth(1)?).pop_first()).collect();
    let written: BTreeSet<_> = encode(&event(), 1).iter().map(|header| header.key.to_owned()).collect();
    assert_eq!(told, written);
    let of_status =
        TOPICS.lines().find(|line| line.starts_with("A record of `user.online_status` has")).expect("a line");
    let told: BTreeSet<_> = named(of_status).into_iter().filter(|name| name != "user.online_status").collect();
    let written = crate::adapters::kafka::status::headers("somebody");
    assert_eq!(told, written.iter().map(|header| header.key.to_owned()).collect());
}

#[test]
fn examples_that_people_are_told_are_written_so() {
    let stream = StreamId { kind: Kind::Room, id: Uuid::from_u128(7) };
    let sent = Envelope { stream, payload: Raw { event_type: "MessageSent".to_owned(), ..event().payload }, ..event() };
    let written = encode(&sent, 1);
    for header in written.iter() {
        let row = TOPICS.lines().find(|line| line.starts_with(&format!("| `{}` |", header.key))).expect("a row");
        let value = std::str::from_utf8(header.value.expect("a value")).expect("UTF-8");
        let value = value.replace(&stream.id.to_string(), "ID");
        let example = row.split_once(" | ").expect("two columns").1;
        let examples: Vec<_> = example.split('`').skip(1).step_by(2).filter(|word| !word.starts_with("ce_")).collect();
        assert!(examples.iter().all(|example| **example == value), "{row} {value}");
    }
}
