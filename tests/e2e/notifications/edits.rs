//! What people are told when a message mentions them that did not before.

use super::HOUSE;
use serde_json::json;
use world::Person;

#[tokio::test]
async fn who_is_mentioned_by_an_edit_is_told_of_that_once() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let group = ann.group("g", &[&bob, &cid]).await;
    let sent = ann.send(&group, "look").await;
    assert_eq!(bob.told(2).await, ["room_invited", "message"]);
    let edited = format!("look @{} @{} @{}", bob.username.to_uppercase(), dan.username, ann.username);
    ann.edit(&sent, &edited).await;
    assert_eq!(bob.told(3).await, ["room_invited", "message", "mention"]);
    let told = bob.notified(3).await.remove(0);
    assert_eq!((&told["message_id"], &told["actor_id"]), (&sent["id"], &json!(ann.id)));
    assert_eq!((&told["preview"], &told["is_read"]), (&json!(edited), &json!(false)));

    for again in [format!("@{} here", bob.username), "nobody".to_owned(), format!("@{} there", bob.username)] {
        ann.edit(&sent, &again).await;
    }
    ann.edit(&sent, &format!("@{} and @{}", bob.username, cid.username)).await;
    assert_eq!(cid.told(3).await, ["room_invited", "message", "mention"]);
    ann.all_is_told_to(&bob).await;
    assert_eq!(bob.told(4).await, ["room_invited", "message", "mention", "friend_request"]);
    ann.all_is_told_to(&dan).await;
    assert_eq!(dan.told(1).await, ["friend_request"], "an outsider hears nothing");
    assert!(ann.notifications().await.is_empty(), "one's own doing is not told to oneself");
}

#[tokio::test]
async fn who_was_mentioned_before_is_not_told_again() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, &format!("@{} helo", bob.username)).await;
    assert_eq!(bob.told(1).await, ["mention"]);
    bob.read_all(&room).await;
    bob.has_unread(0).await;
    ann.edit(&sent, &format!("@{} hello", bob.username)).await;
    cid.all_is_told_to(&bob).await;
    assert_eq!(bob.told(2).await, ["mention", "friend_request"]);
}

#[tokio::test]
async fn who_has_read_what_stood_there_is_told_all_the_same() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "look").await;
    bob.has_unread(1).await;
    bob.read_all(&room).await;
    bob.has_unread(0).await;
    ann.edit(&sent, &format!("look, @{}", bob.username)).await;
    assert_eq!(bob.told(2).await, ["message", "mention"]);
    bob.has_unread(1).await;
    ann.send(&room, "more").await;
    bob.has_unread(2).await;
    bob.read_all(&room).await;
    bob.has_unread(0).await;
}

#[tokio::test]
async fn nothing_is_told_of_an_edit_by_the_blocked_or_in_a_muted_room() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let group = dan.group("g", &[&ann, &bob, &cid]).await;
    let sent = ann.send(&group, "hear me").await;
    assert_eq!(bob.told(2).await, ["room_invited", "message"]);
    assert_eq!(cid.told(2).await, ["room_invited", "message"]);
    bob.block(&ann).await;
    cid.mute(&group).await;
    ann.edit(&sent, &format!("hear me, @{} and @{}", bob.username, cid.username)).await;
    for who in [&bob, &cid] {
        dan.all_is_told_to(who).await;
        assert_eq!(who.told(3).await, ["room_invited", "message", "friend_request"]);
    }
}

#[tokio::test]
async fn who_has_the_room_before_their_eyes_is_not_told_of_an_edit() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let room = ann.direct(&bob).await;
    let _stream = bob.follow_from_now(&room).await;
    let sent = ann.send(&room, "you see this").await;
    ann.edit(&sent, &format!("and this, @{}", bob.username)).await;
    cid.all_is_told_to(&bob).await;
    assert_eq!(bob.told(1).await, ["friend_request"]);
}

#[tokio::test]
async fn in_a_big_room_too_a_mention_by_an_edit_is_told_and_taken_back() {
    let world = HOUSE.world().await;
    let names: Vec<_> = (0..51).map(|n| format!("more{n}")).collect();
    let people: Vec<Person> = futures::future::join_all(names.iter().map(|name| world.person(name))).await;
    let (ann, others) = people.split_first().expect("51");
    let group = ann.group("many", &others.iter().collect::<Vec<_>>()).await;
    let (bob, cid) = (&others[0], &others[1]);
    let sent = ann.send(&group, "nobody is told").await;
    ann.edit(&sent, &format!("but @{} is", bob.username)).await;
    assert_eq!(bob.told(2).await, ["room_invited", "mention"]);
    bob.has_unread(2).await;
    ann.unsend(&sent).await;
    bob.has_unread(1).await;
    assert_eq!(cid.told(1).await, ["room_invited"]);
}
