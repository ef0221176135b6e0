//! Who is in a group, and who may say so.

use serde_json::json;
use world::{Call, Person, Room, Shared};

static HOUSE: Shared = Shared::new();

fn add(who: &Person, room: &Room, ids: &[&str]) -> Call {
    who.post(&room.path("/members"), json!({ "user_ids": ids }))
}

fn kick(who: &Person, room: &Room, other: &Person) -> Call {
    who.delete(&room.path(&format!("/members/{}", other.id)))
}

fn role(who: &Person, room: &Room, other: &Person, role: &str) -> Call {
    who.put(&room.path(&format!("/members/{}/role", other.id)), json!({ "role": role }))
}

#[tokio::test]
async fn members_are_added_and_read_the_past() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let group = ann.group("g", &[&bob]).await;
    ann.send(&group, "before").await;
    let added = add(&ann, &group, &[&cid.id, &dan.id]).await.is(200);
    assert_eq!(added.list("participants").len(), 4);
    assert_eq!(cid.contents(&group).await, ["before"]);
    assert_eq!(cid.unread(&group).await, 0);
    dan.send(&group, "thanks").await;
    assert_eq!(cid.unread(&group).await, 1);
}

#[tokio::test]
async fn adding_a_member_again_changes_nothing() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    let before = ann.room(&group).await.u64("version");
    add(&ann, &group, &[&bob.id]).await.is(200);
    assert_eq!(ann.room(&group).await.u64("version"), before);
}

#[tokio::test]
async fn one_unknown_id_and_nobody_is_added() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob]).await;
    add(&ann, &group, &[&cid.id, "nobody"]).await.refused(404);
    add(&ann, &group, &[]).await.refused(422);
    assert_eq!(ann.room(&group).await.list("participants").len(), 2);
    cid.get(&group.path("")).await.refused(404);
}

#[tokio::test]
async fn members_do_not_manage_admins_manage_members_owners_everybody() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    add(&cid, &group, &[&dan.id]).await.refused(403);
    kick(&cid, &group, &bob).await.refused(403);
    role(&cid, &group, &cid, "owner").await.refused(403);

    role(&ann, &group, &bob, "admin").await.is(200);
    add(&bob, &group, &[&dan.id]).await.is(200);
    bob.patch(&group.path(""), json!({ "name": "by an admin" })).await.is(200);
    kick(&bob, &group, &dan).await.is(200);
    kick(&bob, &group, &ann).await.refused(403);
    role(&bob, &group, &ann, "member").await.refused(403);
    role(&bob, &group, &bob, "owner").await.refused(403);

    role(&ann, &group, &cid, "owner").await.is(200);
    role(&cid, &group, &ann, "member").await.is(200);
    kick(&cid, &group, &ann).await.is(200);
    role(&cid, &group, &bob, "king").await.refused(422);
    role(&cid, &group, &dan, "admin").await.refused(404);
}

#[tokio::test]
async fn the_last_owner_hands_over_before_leaving() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    ann.act(&group.path("/leave")).await.refused(400);
    role(&ann, &group, &ann, "member").await.refused(400);
    role(&ann, &group, &bob, "owner").await.is(200);
    ann.act(&group.path("/leave")).await.is(200);
    let left = bob.room(&group).await;
    assert_eq!(left.list("participants").len(), 1);
    bob.send(&group, "alone").await;
    bob.act(&group.path("/leave")).await.is(200);
    bob.get(&group.path("")).await.refused(403);
}

#[tokio::test]
async fn one_who_is_gone_is_told_so_and_sees_nothing() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    let own = bob.send(&group, "mine").await;
    ann.remove(&group, &bob).await;
    cid.act(&group.path("/leave")).await.is(200);
    for gone in [&bob, &cid] {
        gone.get(&group.path("")).await.refused(403);
        gone.get(&group.messages()).await.refused(403);
        gone.get(&group.stream()).await.refused(403);
        gone.sending(&group, "x").await.refused(403);
        gone.post("/api/messages/read", json!({ "room_id": group.id })).await.refused(403);
        gone.act(&group.path("/leave")).await.refused(403);
        assert!(gone.get("/api/chat-rooms").await.is(200).bare_list().is_empty());
    }
    let path = format!("/api/messages/{}", own.str("id"));
    bob.patch(&path, json!({ "content": "changed" })).await.refused(403);
    bob.delete(&path).await.refused(403);
}

#[tokio::test]
async fn one_who_was_removed_can_come_back_and_reads_everything() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let group = ann.group("g", &[&bob]).await;
    ann.send(&group, "one").await;
    ann.remove(&group, &bob).await;
    ann.send(&group, "two").await;
    ann.add(&group, &bob).await;
    assert_eq!(bob.contents(&group).await, ["one", "two"]);
    bob.send(&group, "three").await;
    assert_eq!(ann.unread(&group).await, 1);
}
