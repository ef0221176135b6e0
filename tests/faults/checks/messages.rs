//! Nothing that was acknowledged is lost, and it reads as it was acknowledged.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use world::{Person, Room};

use super::Evidence;
use crate::ledger::{Entry, What};

/// What a message has to look like.
#[derive(Default)]
struct Expected<'a> {
    content: Option<&'a str>,
    is_deleted: bool,
    /// (user, emoji)
    reactions: BTreeSet<(&'a str, &'a str)>,
    /// Whether something may or may not have happened to it.
    is_uncertain: bool,
}

pub(super) async fn check(evidence: &Evidence<'_>) -> String {
    let expected = expectations(evidence.entries);
    let mut count = 0;
    for (room, reader) in evidence.scene.rooms() {
        let shown = history(evidence, &room, &reader).await;
        count += shown.len();
        check_room(evidence, &room, &shown, &expected);
    }
    format!("{count} messages in all timelines, {} acknowledged", expected.len())
}

/// The whole timeline, by a process that does nothing but answer queries.
async fn history(evidence: &Evidence<'_>, room: &Room, reader: &Person) -> Vec<Value> {
    let mut random = crate::random::Random::new(evidence.entries.len() as u64);
    let address = evidence.common.cluster.for_queries(&mut random);
    let mut doer = crate::load::doer::Doer::new(evidence.common, reader, random);
    let said = format!("{}&system=false&limit=100", room.messages());
    let (mut pages, mut next) = (Vec::new(), said.clone());
    for _ in 0..10_000 {
        let Some(page) = doer.look_at(&address, &next).await else { continue };
        if page.status != 200 {
            evidence.findings().add("a member reads", page.story());
            break;
        }
        pages.push(page.list("messages").to_vec());
        match page["next_cursor"].as_str() {
            Some(cursor) if page["has_more"] == true => next = format!("{said}&cursor={cursor}"),
            _ => break,
        }
    }
    pages.into_iter().rev().flatten().collect()
}

/// From the ledger: of each acknowledged message, what has to be there.
fn expectations(entries: &[Entry]) -> HashMap<&str, Expected<'_>> {
    let mut expected: HashMap<&str, Expected<'_>> = HashMap::new();
    for entry in entries {
        if let (Some((id, _)), What::Send { content }) = (entry.sent(), &entry.what) {
            expected.entry(id).or_default().content = Some(content);
        } else if let Some(message) = entry.what.changes() {
            change(expected.entry(message).or_default(), entry);
        }
    }
    expected
}

fn change<'a>(message: &mut Expected<'a>, entry: &'a Entry) {
    if entry.is_uncertain() {
        message.is_uncertain = true;
    }
    if !entry.is_acknowledged() {
        return;
    }
    match &entry.what {
        What::Edit { content, .. } => message.content = Some(content),
        What::Delete { .. } => message.is_deleted = true,
        What::React { emoji, added: true, .. } => {
            message.reactions.insert((&entry.user, emoji));
        }
        What::React { emoji, added: false, .. } => {
            message.reactions.remove(&(entry.user.as_str(), *emoji));
        }
        _ => {}
    }
}

fn check_room(evidence: &Evidence<'_>, room: &Room, shown: &[Value], expected: &HashMap<&str, Expected<'_>>) {
    let mut there: HashMap<&str, &Value> = HashMap::new();
    for message in shown {
        let id = message["id"].as_str().unwrap_or_default();
        let is_new = there.insert(id, message).is_none();
        evidence.findings().unless(is_new, "a message is shown once", || format!("{id} in {room}"));
    }
    let sends =
        evidence.entries.iter().filter(|entry| entry.room == room.id && matches!(entry.what, What::Send { .. }));
    for entry in sends {
        match entry.sent() {
            Some((id, version)) => {
                check_message(evidence, id, version, there.get(id).copied(), &expected[id]);
            }
            None => check_unacknowledged(evidence, entry, shown),
        }
    }
    let versions: Vec<_> = shown.iter().filter_map(|message| message["version"].as_u64()).collect();
    let is_sorted = versions.is_sorted_by(|a, b| a < b);
    evidence.findings().unless(is_sorted, "a timeline is in order", || format!("{room}: {versions:?}"));
}

fn check_message(evidence: &Evidence<'_>, id: &str, version: u64, shown: Option<&Value>, expected: &Expected<'_>) {
    let Some(shown) = shown else {
        return evidence.findings().add("nothing acknowledged is lost", format!("message {id}, version {version}"));
    };
    let wrong = |what: &str| {
        evidence.findings().add("a message reads as acknowledged", format!("{what}, {:?}: {shown}", expected.content));
    };
    if shown["version"] != version {
        wrong("another version than the acknowledged one");
    }
    if expected.is_uncertain {
        return;
    }
    if shown["is_deleted"] != expected.is_deleted {
        return wrong("deleted or not");
    }
    if expected.is_deleted {
        return;
    }
    if shown["content"].as_str() != expected.content {
        wrong("another content");
    }
    if reactions(shown) != expected.reactions {
        wrong(&format!("other reactions than {:?}", expected.reactions));
    }
}

fn reactions(shown: &Value) -> BTreeSet<(&str, &str)> {
    let all = shown["reactions"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter()
        .flat_map(|reaction| {
            let emoji = reaction["emoji"].as_str().unwrap_or_default();
            let users = reaction["user_ids"].as_array().map_or(&[][..], Vec::as_slice);
            users.iter().filter_map(Value::as_str).map(move |user| (user, emoji))
        })
        .collect()
}

/// What was refused is not there; what was unknown to the end is there at most once.
fn check_unacknowledged(evidence: &Evidence<'_>, entry: &Entry, shown: &[Value]) {
    let What::Send { content } = &entry.what else { return };
    let times = shown.iter().filter(|message| message["content"] == content.as_str()).count();
    let most = usize::from(entry.is_uncertain());
    evidence.findings().unless(times <= most, "what was refused is not there", || format!("{times} times {content}"));
}
