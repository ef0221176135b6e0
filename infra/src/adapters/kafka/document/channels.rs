//! One channel for each topic, and what the program does with it.

use serde_json::{Map, Value, json};

use super::messages::Message;
use super::{BINDING, KafkaUrl, reference, status};
use crate::adapters::kafka::topics::{self, COPIES, Kept};
use crate::adapters::partitions::Topic;

pub(super) fn channels(url: &KafkaUrl, partitions: u32, messages: &[Message]) -> Map<String, Value> {
    topics::all().map(|topic| (id(topic.name), channel(url, partitions, topic, messages))).collect()
}

fn channel(url: &KafkaUrl, partitions: u32, topic: Kept, messages: &[Message]) -> Value {
    let (address, replicas) = (url.topic(topic.name), url.replication(MOST));
    let events = of(topic.name, messages).map(|message| message.name);
    let of_topic = events.chain(status::is_of(topic.name).then_some(status::NAME));
    let of_topic: Map<_, _> = of_topic.map(|name| (name.to_owned(), reference("messages", name))).collect();
    let configuration = topic.configuration(replicas).into_iter().filter_map(configured);
    let mut channel = json!({
        "address": address,
        "description": about(topic.name),
        "bindings": { "kafka": {
            "topic": address,
            "partitions": partitions,
            "replicas": replicas,
            "topicConfiguration": configuration.collect::<Map<_, _>>(),
            "bindingVersion": BINDING,
        } },
    });
    if let Some(channel) = channel.as_object_mut().filter(|_| !of_topic.is_empty()) {
        channel.insert("messages".to_owned(), of_topic.into());
    }
    channel
}

/// So many brokers as a cluster has that keeps as many copies as this program makes.
const MOST: usize = 3;

/// Of what a topic is made with, what the binding has a place for.
fn configured((name, value): (&'static str, String)) -> Option<(String, Value)> {
    let value = match name {
        "cleanup.policy" => json!([value]),
        "retention.ms" => json!(value.parse::<u64>().ok()?),
        _ => return None,
    };
    Some((name.to_owned(), value))
}

fn about(topic: &str) -> &'static str {
    match Topic::ALL.into_iter().find(|known| known.name() == topic) {
        Some(Topic::User) => "What happens to people's accounts. Key: the person.",
        Some(Topic::Friend) => "What happens between two people. Key: the friendship.",
        Some(Topic::Message) => "What happens in rooms and what is said there, and how far it was read. Key: the room.",
        Some(Topic::Notification) => "What people are told of, and what of it they have read. Key: the person.",
        None if topic == COPIES => "Lifecycle and members of rooms: copies from message.events. Key: the room.",
        None if status::is_of(topic) => status::ABOUT,
        None => "Made with the others; this release sends nothing to it.",
    }
}

fn of<'m>(topic: &'m str, messages: &'m [Message]) -> impl Iterator<Item = &'m Message> {
    messages.iter().filter(move |message| message.topic.name() == topic || topic == COPIES && message.is_copied)
}

/// The relay sends, and who tells who is online; projectors and live streams receive.
pub(super) fn operations(messages: &[Message]) -> Map<String, Value> {
    let sent = topics::all().filter(|topic| of(topic.name, messages).next().is_some());
    let sends = sent.map(|topic| operation("send", topic.name, "The relay sends what the event store holds"));
    let read = Topic::ALL.into_iter();
    let receives = read.map(|topic| operation("receive", topic.name(), "Read models and live streams are made of it"));
    let told = topics::all().filter(|topic| status::is_of(topic.name));
    let tells = told.map(|topic| operation("send", topic.name, "One process tells who comes and goes"));
    sends.chain(tells).chain(receives).collect()
}

fn operation(action: &str, topic: &str, summary: &str) -> (String, Value) {
    let operation = json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{}", id(topic)) },
        "summary": summary,
        "bindings": { "kafka": { "bindingVersion": BINDING } },
    });
    (format!("{action}_{}", id(topic)), operation)
}

fn id(topic: &str) -> String {
    topic.replace('.', "_")
}
