//! What happened to a room, between its messages.

use serde_json::{Value, json};
use world::{Person, Reply, Room, Shared, World};

static HOUSE: Shared = Shared::new();

/// A group to which something happens between two messages; everything is told but its creation.
async fn eventful(world: &World) -> (Person, Person, Room) {
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let group = ann.group("Plans", &[&bob]).await;
    ann.send(&group, "first").await;
    ann.add(&group, &cid).await;
    ann.put(&group.path(&format!("/members/{}/role", cid.id)), json!({ "role": "admin" })).await.is(200);
    cid.patch(&group.path(""), json!({ "name": "Tea" })).await.is(200);
    cid.act(&group.path("/leave")).await.is(200);
    ann.add(&group, &cid).await;
    ann.remove(&group, &cid).await;
    bob.send(&group, "last").await;
    (ann, bob, group)
}

async fn page(who: &Person, room: &Room, query: &str) -> Reply {
    who.get(&format!("{}&{query}", room.messages())).await.is(200)
}

fn contents(page: &Reply) -> Vec<&str> {
    page.list("messages").iter().map(|item| item["content"].as_str().expect("content")).collect()
}

fn versions(page: &Reply) -> Vec<u64> {
    page.list("messages").iter().map(|item| item["version"].as_u64().expect("a version")).collect()
}

const ALL: [&str; 8] = [
    "first",
    "ann added cid",
    "ann made cid an admin",
    "cid renamed the room to “Tea”",
    "cid left",
    "ann added cid",
    "ann removed cid",
    "last",
];

#[tokio::test]
async fn what_happened_to_a_room_stands_between_its_messages() {
    let world = HOUSE.world().await;
    let (ann, bob, group) = eventful(&world).await;
    let timeline = bob.timeline(&group).await;
    assert_eq!(contents(&timeline), ALL);
    assert_eq!(timeline.u64("total_count"), 2);
    assert!(versions(&timeline).is_sorted_by(|a, b| a < b));
    let items = timeline.list("messages");
    let types: Vec<_> = items.iter().map(|item| item["message_type"].as_str().expect("a type")).collect();
    assert_eq!((types[0], types[7], types[1..7].iter().all(|one| *one == "system")), ("text", "text", true));
    for item in &items[1..7] {
        for field in items[0].as_object().expect("an object").keys() {
            assert!(item.get(field).is_some(), "{field}: {item}");
        }
    }
    let joined = &items[1];
    assert_eq!((&joined["user_id"], &joined["username"]), (&json!(ann.id), &json!(ann.username)));
    let events: Vec<_> = items[1..7].iter().map(|item| item["system"]["event"].as_str().expect("an event")).collect();
    let told = ["member_joined", "role_changed", "room_renamed", "member_left", "member_joined", "member_removed"];
    assert_eq!(events, told);
    assert_eq!((&items[2]["system"]["role"], &items[3]["system"]["name"]), (&json!("admin"), &json!("Tea")));
    assert_ne!(items[1]["system"]["user_id"], json!(ann.id));
    let older = bob.get(&format!("/api/messages/{group}")).await.is(200);
    assert_eq!(contents(&older), ALL);
}

#[tokio::test]
async fn it_can_be_left_out() {
    let world = HOUSE.world().await;
    let (ann, _bob, group) = eventful(&world).await;
    assert_eq!(contents(&page(&ann, &group, "system=false").await), ["first", "last"]);
    assert_eq!(contents(&page(&ann, &group, "system=true").await), ALL);
    ann.get(&format!("{}&system=perhaps", group.messages())).await.refused(422);
}

#[tokio::test]
async fn pages_cut_messages_and_what_is_told_alike() {
    let world = HOUSE.world().await;
    let (ann, _bob, group) = eventful(&world).await;
    let all = versions(&ann.timeline(&group).await);
    let (mut pages, mut query) = (vec![], "limit=3".to_owned());
    loop {
        let page = page(&ann, &group, &query).await;
        assert_eq!(page["has_more"], page["next_cursor"].is_string());
        pages.insert(0, versions(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=3&cursor={cursor}");
    }
    assert_eq!((pages.len(), pages.concat()), (3, all.clone()));
    let upwards = page(&ann, &group, &format!("after={}&limit=4", all[1])).await;
    assert_eq!((versions(&upwards), &upwards["has_more"]), (all[2..6].to_vec(), &json!(true)));
    let rest = page(&ann, &group, &format!("limit=4&cursor={}", upwards.str("next_cursor"))).await;
    assert_eq!((versions(&rest), &rest["has_more"]), (all[6..].to_vec(), &json!(false)));
    assert_eq!(versions(&page(&ann, &group, &format!("before={}&limit=2", all[4])).await), all[2..4]);
    assert_eq!(versions(&page(&ann, &group, &format!("after={}&before={}", all[1], all[5])).await), all[2..5]);
}

#[tokio::test]
async fn what_is_skipped_is_what_was_shown() {
    let world = HOUSE.world().await;
    let (ann, _bob, group) = eventful(&world).await;
    let all = versions(&ann.timeline(&group).await);
    for name in ["skip", "offset"] {
        for skipped in 0..=9_usize {
            let page = page(&ann, &group, &format!("{name}={skipped}&limit=3")).await;
            let end = all.len().saturating_sub(skipped);
            assert_eq!(versions(&page), all[end.saturating_sub(3)..end], "{skipped}");
        }
    }
    assert_eq!(contents(&page(&ann, &group, "skip=1&system=false").await), ["first"]);
}

#[tokio::test]
async fn it_is_no_message() {
    let world = HOUSE.world().await;
    let (ann, bob, group) = eventful(&world).await;
    let timeline = ann.timeline(&group).await;
    let told = timeline.list("messages")[6]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/messages/{told}");
    ann.patch(&path, json!({ "content": "x" })).await.refused(404);
    ann.delete(&path).await.refused(404);
    ann.mark(&format!("{path}/reactions/👍")).await.refused(404);
    assert_eq!((bob.unread(&group).await, ann.unread(&group).await), (0, 1));
    assert_eq!(ann.room(&group).await["last_message"]["content"], "last");
    assert!(ann.found("removed").await.is_empty());
    let ids: Vec<&Value> = timeline.list("messages").iter().map(|item| &item["id"]).collect();
    assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len());
}

#[tokio::test]
async fn who_has_seen_what_is_told_has_read_what_stands_above() {
    let world = HOUSE.world().await;
    let (ann, bob, group) = eventful(&world).await;
    bob.send(&group, "even later").await;
    let told = ann.timeline(&group).await.list("messages")[6]["id"].clone();
    let read = ann.post("/api/messages/read", json!({ "room_id": group.id, "message_ids": [told] })).await.is(200);
    assert_eq!((read.u64("read_count"), ann.unread(&group).await), (0, 2));
    let other = ann.direct(&bob).await;
    let foreign = json!({ "room_id": other.id, "message_ids": [told] });
    ann.post("/api/messages/read", foreign).await.refused(404);
}

#[tokio::test]
async fn a_room_in_which_nothing_happened_tells_nothing() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (room, group) = (ann.direct(&bob).await, ann.group("g", &[&bob]).await);
    for room in [room, group] {
        assert!(ann.timeline(&room).await.list("messages").is_empty());
        ann.send(&room, "hi").await;
        assert_eq!(contents(&bob.timeline(&room).await), ["hi"]);
    }
}
