//! Nothing is applied twice: the log holds one event for each thing acknowledged, and none for what was not.

use std::collections::{BTreeSet, HashMap};

use super::Evidence;
use crate::ledger::{Entry, What};

/// What somebody can do several times to the same thing: room, event, who or what it is about.
type Deed = (String, &'static str, String);

pub(super) fn check(evidence: &Evidence<'_>) -> String {
    let (mut least, mut most) = (HashMap::<Deed, usize>::new(), HashMap::<Deed, usize>::new());
    for (entry, deed) in evidence.entries.iter().filter_map(|entry| Some((entry, deed(entry)?))) {
        let is_there = usize::from(entry.is_acknowledged());
        *least.entry(deed.clone()).or_default() += is_there;
        *most.entry(deed).or_default() += is_there + usize::from(entry.is_uncertain());
    }
    let found = found(evidence);
    let deeds: BTreeSet<_> = least.keys().chain(found.keys()).collect();
    for deed in &deeds {
        let times = found.get(*deed).copied().unwrap_or(0);
        let (least, most) = (least.get(*deed).copied().unwrap_or(0), most.get(*deed).copied().unwrap_or(0));
        let story = || format!("{deed:?}: {times} events for {least} acknowledged and at most {most}");
        evidence.findings().unless(times >= least, "nothing acknowledged is lost", story);
        evidence.findings().unless(times <= most, "nothing is applied twice", story);
    }
    format!("{} deeds, each as often in the log as acknowledged", deeds.len())
}

fn deed(entry: &Entry) -> Option<Deed> {
    let (event, about) = match &entry.what {
        // Of a message that was not acknowledged the id is not known.
        What::Send { .. } => ("MessageSent", entry.sent()?.0),
        What::Edit { message, .. } => ("MessageEdited", message.as_str()),
        What::Delete { message } => ("MessageDeleted", message.as_str()),
        What::React { message, added: true, .. } => ("ReactionAdded", message.as_str()),
        What::React { message, added: false, .. } => ("ReactionRemoved", message.as_str()),
        What::Add { user } => ("MemberJoined", user.as_str()),
        What::Remove { user } => ("MemberRemoved", user.as_str()),
        What::Read | What::Befriend { .. } | What::Accept { .. } | What::Unfriend { .. } => return None,
    };
    Some((entry.room.clone(), event, about.to_owned()))
}

const EVENTS: [&str; 7] = [
    "MessageSent",
    "MessageEdited",
    "MessageDeleted",
    "ReactionAdded",
    "ReactionRemoved",
    "MemberJoined",
    "MemberRemoved",
];

fn found(evidence: &Evidence<'_>) -> HashMap<Deed, usize> {
    let uncertain =
        evidence.entries.iter().any(|entry| entry.is_uncertain() && matches!(entry.what, What::Send { .. }));
    let known: BTreeSet<_> = evidence.entries.iter().filter_map(|entry| entry.sent()).map(|(id, _)| id).collect();
    let mut found = HashMap::new();
    for (room, events) in evidence.log.rooms() {
        for event in events {
            let Some(name) = EVENTS.into_iter().find(|name| *name == event.name) else { continue };
            let about = event.message().or_else(|| event.field("user")).unwrap_or_default();
            if name == "MessageSent" && uncertain && !known.contains(about) {
                continue;
            }
            *found.entry((room.to_owned(), name, about.to_owned())).or_default() += 1;
        }
    }
    found
}
