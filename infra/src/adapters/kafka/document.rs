//! The AsyncAPI document of the topics: headers and payloads are made of what writes and reads them.

mod channels;
mod headers;
mod messages;
mod shapes;
mod status;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::KafkaUrl;
use messages::Message;

const ABOUT: &str = "\
Everything that happens in BigTech Chat, as CloudEvents 1.0 in Kafka's binary mode: the envelope in headers, JSON as value.

**Status.** `user.online_status` is another matter, told at its channel: what follows is about events.

**Order.** The record's key (`ce_partitionkey`) decides the partition. Events of one key come in the order of their positions: those \
of a person, of a friendship, of a room with all read marks in it. Positions count the events of the whole system; in one partition \
they grow, with gaps.

**Repeats.** A record may come again, with all that followed it. Whoever keeps, for each partition, the highest `ce_position` that \
was taken in and drops every record at or below it has each event once and in order. That rule is the reader's part: there are no \
transactions, and the id alone (`ce_id`) does not keep the order.

**Holes.** `ce_after` says that no event of this partition lies between that position and the record's own. A reader whose highest \
position is less has missed something: the topic was made anew or lost its tail, or the reader was away for longer than the topic \
keeps. The event store has it still. Where nothing newer would show a loss, the last event is sent once more, with `ce_after` just \
before it.

**Time.** A record's timestamp is the time of recording (`ce_time`); in one partition it does not go back, repeats apart.

**Adopted stores.** After `bigtech-chat adopt` (another cluster, or a store that was restored to an earlier state) everything is sent \
anew to topics of a new generation: a dot and its number stand behind their names, from 2 on. What was read before holds no more.

**Personal data** is sealed under the key of the person that it is about (`of`) and can not be read here; it is erased by destroying \
that key.

**Change.** `ce_schemaversion` counts the shapes of a type. The newest are described here; a store may still hold older ones. New \
fields and types may come: ignore what you do not know.";

/// The version of AsyncAPI's bindings to Kafka.
const BINDING: &str = "0.5.0";
const JSON: &str = "application/json";

/// The document of this release, for topics of so many `partitions` on the brokers at `url`.
///
/// # Errors
/// An event has a field that can not be described.
pub fn document(url: &KafkaUrl, partitions: u32) -> Result<Value, String> {
    let messages = messages::all()?;
    Ok(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "BigTech Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": JSON,
        "servers": servers(url),
        "channels": channels::channels(url, partitions, &messages),
        "operations": channels::operations(&messages),
        "components": { "messages": components(&messages), "schemas": schemas(&messages) },
    }))
}

fn servers(url: &KafkaUrl) -> Map<String, Value> {
    let protocol = if url.is_secure() { "kafka-secure" } else { "kafka" };
    let server = |(number, host): (usize, &str)| {
        let server = json!({
            "host": host,
            "protocol": protocol,
            "description": "A broker to begin with; it names the others",
            "bindings": { "kafka": { "bindingVersion": BINDING } },
        });
        (format!("broker{}", number + 1), server)
    };
    url.brokers().enumerate().map(server).collect()
}

fn components(messages: &[Message]) -> Map<String, Value> {
    let events = messages.iter().map(|message| (message.name.to_owned(), message.component()));
    events.chain([(status::NAME.to_owned(), status::component())]).collect()
}

fn schemas(messages: &[Message]) -> Map<String, Value> {
    let payloads = messages.iter().map(|message| (message.name.to_owned(), message.payload.clone()));
    let shared = [("Headers".to_owned(), headers::schema()), ("Personal".to_owned(), personal())];
    payloads.chain(shared).chain(status::schemas()).collect()
}

fn personal() -> Value {
    let of = json!({ "type": "string", "format": "uuid", "description": "The person that it is about" });
    let one = |field: &str, is: Value| {
        json!({
            "type": "object",
            "properties": { "of": of, field: is },
            "required": ["of", field],
            "additionalProperties": false,
        })
    };
    json!({
        "description": "A personal field: sealed under the person's key, or erased",
        "oneOf": [
            one("sealed", json!({ "type": "string", "contentEncoding": "base64" })),
            one("erased", json!({ "const": true })),
        ],
    })
}

fn reference(of: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{of}/{name}") })
}
