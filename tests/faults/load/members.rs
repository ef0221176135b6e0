//! Somebody is put out of a group and taken in again, over and over.

use serde_json::json;
use tokio::time::sleep;
use world::{Person, Room};

use super::doer::Doer;
use crate::ledger::What;

/// Until it is over; at the end they are in.
pub(crate) async fn put_out_and_take_in(mut owner: Doer, room: Room, other: Person) {
    while !owner.common.is_over() {
        pause(&mut owner).await;
        let path = room.path(&format!("/members/{}", other.id));
        let what = What::Remove { user: other.id.clone() };
        owner.do_it(&room.id, what, |caller| caller.delete(&path)).await;
        pause(&mut owner).await;
        let (path, body) = (room.path("/members"), json!({ "user_ids": [other.id] }));
        let what = What::Add { user: other.id.clone() };
        owner.do_it(&room.id, what, |caller| caller.post(&path, body.clone())).await;
    }
}

async fn pause(owner: &mut Doer) {
    let pause = owner.random.millis(1_500, 6_000);
    let end = tokio::time::Instant::now() + pause;
    while tokio::time::Instant::now() < end && !owner.common.is_over() {
        sleep(std::time::Duration::from_millis(100)).await;
    }
}
