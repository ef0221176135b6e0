//! Reacting to messages.

use serde_json::{Value, json};
use world::{Call, Person, Reply, Room, Shared};

static HOUSE: Shared = Shared::new();

fn path(message: &Reply, emoji: &str) -> String {
    format!("/api/messages/{}/reactions/{emoji}", message.str("id"))
}

fn react(who: &Person, message: &Reply, emoji: &str) -> Call {
    who.mark(&path(message, emoji))
}

async fn reactions(who: &Person, room: &Room) -> Value {
    who.timeline(room).await.list("messages")[0]["reactions"].clone()
}

#[tokio::test]
async fn reactions_are_counted_by_emoji_with_who_reacted() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "news").await;
    react(&ann, &sent, "👍").await.is(204).position();
    react(&bob, &sent, "👍").await.is(204);
    react(&bob, &sent, "❤️").await.is(204);
    let seen = reactions(&ann, &room).await;
    let thumbs = seen.as_array().expect("a list").iter().find(|one| one["emoji"] == "👍").expect("thumbs").clone();
    assert_eq!((&thumbs["count"], thumbs["user_ids"].as_array().expect("ids").len()), (&json!(2), 2));
    assert_eq!(seen.as_array().expect("a list").len(), 2);

    bob.delete(&path(&sent, "👍")).await.is(204);
    let seen = reactions(&ann, &room).await;
    let thumbs = seen.as_array().expect("a list").iter().find(|one| one["emoji"] == "👍").expect("thumbs").clone();
    assert_eq!(thumbs, json!({ "emoji": "👍", "count": 1, "user_ids": [ann.id] }));
    ann.delete(&path(&sent, "👍")).await.is(204);
    assert_eq!(reactions(&ann, &room).await.as_array().expect("a list").len(), 1);
}

#[tokio::test]
async fn reacting_twice_is_reacting_once() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "news").await;
    for _ in 0..2 {
        react(&bob, &sent, "🎉").await.is(204);
    }
    assert_eq!(reactions(&ann, &room).await[0]["count"], 1);
    assert_eq!(ann.room(&room).await.u64("version"), sent.u64("version") + 1);
}

#[tokio::test]
async fn an_emoji_is_one_grapheme_that_is_one() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "news").await;
    for emoji in ["👩‍👩‍👧", "🇰🇷", "👍🏽"] {
        react(&bob, &sent, emoji).await.is(204);
    }
    for text in ["a", "ok", "1", "👍👍", "%20", "%00", "%E2%80%AE"] {
        react(&bob, &sent, text).await.refused(422);
    }
    // Not even text: the bytes are no UTF-8.
    let status = react(&bob, &sent, "%FF%FE").await.is_problem().status;
    assert!([400, 404, 422].contains(&status), "{status}");
}

#[tokio::test]
async fn nobody_reacts_to_what_is_deleted_or_unknown() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "gone").await;
    ann.unsend(&sent).await;
    react(&bob, &sent, "👍").await.refused(400);
    bob.mark("/api/messages/nothing/reactions/👍").await.refused(404);
}

#[tokio::test]
async fn many_reactions_name_the_first_twenty() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let names: [&str; 22] = std::array::from_fn(|_| "fan");
    let fans = world.people(names).await;
    let group = ann.group("fans", &fans.iter().collect::<Vec<_>>()).await;
    let sent = ann.send(&group, "hi fans").await;
    for fan in &fans {
        react(fan, &sent, "👏").await.is(204);
    }
    let seen = reactions(&ann, &group).await;
    assert_eq!((&seen[0]["count"], seen[0]["user_ids"].as_array().expect("ids").len()), (&json!(22), 20));
}
