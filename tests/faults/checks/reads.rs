//! What else can be read: heads of rooms, what is unread, who is whose friend. At every process that answers queries.

use std::collections::HashMap;

use serde_json::Value;
use world::{Person, Reply};

use super::Evidence;
use crate::cluster::Kind;
use crate::ledger::What;
use crate::load::doer::Doer;
use crate::random::Random;

pub(super) async fn check(evidence: &Evidence<'_>) -> String {
    let cluster = &evidence.common.cluster;
    let worlds = cluster.of(Kind::Query).into_iter().chain(cluster.of(Kind::Command));
    let addresses: Vec<_> = worlds.map(|world| world.address(8000)).collect();
    for address in &addresses {
        check_rooms(evidence, address).await;
        check_friends(evidence, address).await;
    }
    format!("heads of rooms, unread counts and friends at {} processes", addresses.len())
}

async fn ask(evidence: &Evidence<'_>, who: &Person, address: &str, path: &str) -> Option<Reply> {
    let reply = Doer::new(evidence.common, who, Random::new(1)).look_at(address, path).await;
    let is_fresh = reply.as_ref().is_some_and(|reply| reply.status == 200 && reply.header("Stale").is_none());
    let what = || format!("{path} at {address}: {:?}", reply.as_ref().map(Reply::story));
    evidence.findings().unless(is_fresh, "everything can be read again, and is fresh", what);
    reply.filter(|_| is_fresh)
}

/// The witness has never read or written, so everything that others sent and did not delete is unread.
async fn check_rooms(evidence: &Evidence<'_>, address: &str) {
    let heads = evidence.log.heads();
    let Some(rooms) = ask(evidence, &evidence.scene.witness, address, "/api/chat-rooms?limit=100").await else {
        return;
    };
    let listed: HashMap<_, _> =
        rooms.bare_list().iter().map(|room| (room["id"].as_str().unwrap_or_default(), room)).collect();
    for group in &evidence.scene.groups {
        let room = listed.get(group.id.as_str()).copied().unwrap_or(&Value::Null);
        let (head, unread) = (heads.get(&group.id), unread(evidence, &group.id));
        let is_it = room["version"].as_u64().as_ref() == head && room["unread_count"] == unread;
        let what = || format!("at {address}: head {head:?} and {unread} unread are due: {room}");
        evidence.findings().unless(is_it, "the list of rooms is right", what);
        let path = format!("/api/messages/room/{group}/unread-count");
        let Some(count) = ask(evidence, &evidence.scene.witness, address, &path).await else { continue };
        let what = || format!("at {address}: {unread} are due: {}", count.story());
        evidence.findings().unless(count["unread_count"] == unread, "unread counts are right", what);
    }
}

fn unread(evidence: &Evidence<'_>, room: &str) -> usize {
    let count = |name: &str| evidence.log.room(room).iter().filter(|event| event.name == name).count();
    count("MessageSent") - count("MessageDeleted")
}

async fn check_friends(evidence: &Evidence<'_>, address: &str) {
    for (left, right) in &evidence.scene.pairs {
        let Some(are_friends) = are_friends(evidence, left, right) else { continue };
        for (one, other) in [(left, right), (right, left)] {
            let Some(listed) = ask(evidence, one, address, "/api/friends").await else { continue };
            let ids: Vec<_> = listed.list("friends").iter().filter_map(|friend| friend["id"].as_str()).collect();
            let expected: Vec<_> = are_friends.then_some(other.id.as_str()).into_iter().collect();
            let what = || format!("{} at {address}: {ids:?} where {expected:?} is due", one.nickname);
            evidence.findings().unless(ids == expected, "friends are as acknowledged", what);
        }
    }
}

/// By the last thing that was acknowledged between them; nothing when something is uncertain.
fn are_friends(evidence: &Evidence<'_>, left: &Person, right: &Person) -> Option<bool> {
    let between = evidence.entries.iter().filter(|entry| [&left.id, &right.id].contains(&&entry.user));
    let mut are = false;
    for entry in between {
        match entry.what {
            What::Befriend { .. } | What::Accept { .. } | What::Unfriend { .. } if entry.is_uncertain() => return None,
            What::Accept { .. } if entry.is_acknowledged() => are = true,
            What::Unfriend { .. } if entry.is_acknowledged() => are = false,
            _ => {}
        }
    }
    Some(are)
}
