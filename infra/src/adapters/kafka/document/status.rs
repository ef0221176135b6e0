//! The one message that is no event: how somebody stands.

use serde_json::{Map, Value, json};

use super::{BINDING, JSON, headers, reference};
use crate::adapters::kafka::record;
use crate::adapters::kafka::status::{CHANGED, SOURCE, STATUS};

pub(super) const NAME: &str = CHANGED;
const HEADERS: &str = "StatusHeaders";

pub(super) const ABOUT: &str = "\
Who is online: of everybody the last state, compacted. Key: the person. It is not of the log: it has no positions, of several changes at \
once only the last is sent, and a record may come again. The last record of a key holds; of whom there is none, nothing is known. When \
what the processes share was lost, or more than 100,000 changes piled up, who was online then and does not come back is not said to be gone.";

pub(super) fn is_of(topic: &str) -> bool {
    topic == STATUS
}

pub(super) fn component() -> Value {
    let this = json!({ "type": "object", "properties": {
        headers::TYPE: { "const": record::type_of(CHANGED) },
        "ce_source": { "const": SOURCE },
    } });
    json!({
        "name": NAME,
        "title": NAME,
        "contentType": JSON,
        "headers": { "allOf": [reference("schemas", HEADERS), this] },
        "payload": reference("schemas", NAME),
        "bindings": { "kafka": { "key": { "type": "string", "format": "uuid" }, "bindingVersion": BINDING } },
    })
}

pub(super) fn schemas() -> [(String, Value); 2] {
    [(NAME.to_owned(), payload()), (HEADERS.to_owned(), described())]
}

fn payload() -> Value {
    json!({
        "type": "object",
        "properties": {
            "user_id": { "type": "string", "format": "uuid", "description": "The person" },
            "is_online": { "type": "boolean" },
            "last_seen_at": { "oneOf": [{ "type": "string", "format": "date-time" }, { "type": "null" }] },
        },
        "required": ["user_id", "is_online", "last_seen_at"],
    })
}

/// Those of all headers that such a record has.
fn described() -> Value {
    let all = headers::always().into_iter();
    let of_status: Map<_, _> = all
        .filter(|(name, _)| WRITTEN.contains(name))
        .map(|(name, schema)| (name.to_owned(), about(name).unwrap_or(schema)))
        .collect();
    json!({ "type": "object", "properties": of_status, "required": WRITTEN })
}

/// What is said otherwise than of events.
fn about(name: &str) -> Option<Value> {
    match name {
        "ce_source" => Some(headers::text("Where it comes from, as a path", &json!({ "format": "uri-reference" }))),
        "ce_subject" => Some(headers::text("The person", &json!({ "format": "uuid" }))),
        "ce_time" => Some(headers::text("When it was sent", &json!({ "format": "date-time" }))),
        _ => None,
    }
}

const WRITTEN: [&str; 8] =
    ["content-type", "ce_specversion", "ce_id", "ce_source", headers::TYPE, "ce_subject", "ce_time", "ce_partitionkey"];
