//! Somebody who reads: pages of timelines, what is unread, friends and rooms. What is answered is whole and in order.

use std::collections::HashSet;

use tokio::time::sleep;
use world::{Reply, Room};

use super::doer::Doer;

/// Until it is over.
pub(crate) async fn read_on(mut doer: Doer, rooms: Vec<Room>) {
    while !doer.common.is_over() {
        let room = doer.random.pick(&rooms).clone();
        match doer.random.below(5) {
            0 => glance(&mut doer, "/api/friends").await,
            1 => glance(&mut doer, "/api/chat-rooms").await,
            2 => glance(&mut doer, &format!("/api/messages/room/{room}/unread-count")).await,
            _ => pages(&mut doer, &room).await,
        }
        let pause = doer.random.millis(100, 500);
        sleep(pause).await;
    }
}

async fn glance(doer: &mut Doer, path: &str) {
    if let Some(reply) = doer.look(path).await {
        doer.common.findings.unless(reply.status == 200, "a member reads", || reply.story());
    }
}

/// A page and the one before it, from whichever process.
async fn pages(doer: &mut Doer, room: &Room) {
    let limit = 1 + doer.random.below(100);
    let path = format!("{}&limit={limit}", room.messages());
    let Some(newest) = doer.look(&path).await else { return };
    if newest.status != 200 {
        return doer.common.findings.add("a member reads", newest.story());
    }
    let mut seen = in_order(doer, &newest);
    let Some(cursor) = newest["next_cursor"].as_str() else { return };
    let Some(older) = doer.look(&format!("{path}&cursor={cursor}")).await else { return };
    if older.status != 200 {
        return doer.common.findings.add("a member reads", older.story());
    }
    let mut before = in_order(doer, &older);
    before.append(&mut seen);
    let is_sorted = before.is_sorted_by(|a, b| a < b);
    doer.common.findings.unless(is_sorted, "pages are in order", || format!("{room}: {before:?}"));
}

/// The versions of a page, which rise and repeat nothing.
fn in_order(doer: &Doer, page: &Reply) -> Vec<u64> {
    let messages = page.list("messages");
    let versions: Vec<_> = messages.iter().filter_map(|message| message["version"].as_u64()).collect();
    let ids: HashSet<_> = messages.iter().filter_map(|message| message["id"].as_str()).collect();
    let is_whole = versions.is_sorted_by(|a, b| a < b) && ids.len() == messages.len();
    doer.common.findings.unless(is_whole, "a page is in order", || page.story());
    versions
}
