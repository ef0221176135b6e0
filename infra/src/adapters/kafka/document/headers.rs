//! The headers of every record that is an event.

use serde_json::{Map, Value, json};

use super::JSON;

pub(super) const TYPE: &str = "ce_type";
pub(super) const STREAM_TYPE: &str = "ce_streamtype";
pub(super) const EVENT_TYPE: &str = "ce_eventtype";
pub(super) const SCHEMA_VERSION: &str = "ce_schemaversion";

/// Text, as all headers are, that is something.
pub(super) fn text(about: &str, is: &Value) -> Value {
    let mut schema = json!({ "type": "string", "description": about });
    if let (Some(schema), Some(is)) = (schema.as_object_mut(), is.as_object()) {
        schema.extend(is.clone());
    }
    schema
}

pub(super) fn schema() -> Value {
    let always = always();
    let required: Vec<_> = always.iter().map(|(name, _)| *name).collect();
    let properties = always.into_iter().chain(sometimes()).map(|(name, schema)| (name.to_owned(), schema));
    json!({ "type": "object", "properties": properties.collect::<Map<_, _>>(), "required": required })
}

pub(super) fn always() -> [(&'static str, Value); 18] {
    let (any, uuid, count) = (json!({}), json!({ "format": "uuid" }), json!({ "pattern": "^[0-9]+$" }));
    let (path, time) = (json!({ "format": "uri-reference" }), json!({ "format": "date-time" }));
    [
        ("content-type", text("What the value is", &json!({ "const": JSON }))),
        ("ce_specversion", text("The version of CloudEvents", &json!({ "const": "1.0" }))),
        ("ce_id", text("The event's id, wherever it is met", &uuid)),
        ("ce_source", text("The stream that it is of, as a path", &path)),
        (TYPE, text("What happened", &any)),
        ("ce_subject", text("What it is about: a message, the room of a read mark, or what the stream is of", &uuid)),
        ("ce_time", text("When it was recorded", &time)),
        ("ce_partitionkey", text("What decides the partition; the record's key", &uuid)),
        ("ce_position", text("Its place among all events", &count)),
        ("ce_after", text("No event of this partition lies between this position and its own", &count)),
        (STREAM_TYPE, text("The sort of its stream", &any)),
        ("ce_streamid", text("Its stream", &uuid)),
        ("ce_streamversion", text("Its place in its stream: 1, 2, 3 … without a gap", &count)),
        (EVENT_TYPE, text("What happened, without what stands before it in ce_type", &any)),
        (SCHEMA_VERSION, text("The version of the payload's shape", &count)),
        ("ce_hash", text("SHA-256 over the event and the one before it in its stream", &json!({ "pattern": HASH }))),
        ("ce_correlationid", text("Ties together what one request led to; a trace id where there was one", &any)),
        (
            "traceparent",
            text("The trace that it is part of, as W3C Trace Context has it", &json!({ "pattern": PARENT })),
        ),
    ]
}

const PARENT: &str = "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$";
const HASH: &str = "^[0-9a-f]{64}$";

fn sometimes() -> [(&'static str, Value); 2] {
    let uuid = json!({ "format": "uuid" });
    [
        ("ce_actor", text("The person who caused it", &uuid)),
        ("ce_causationid", text("The command or event that caused it", &uuid)),
    ]
}
