//! The rooms of a user.

use serde_json::{Value, json};
use world::{Person, Reply, Shared};

static HOUSE: Shared = Shared::new();

fn ids(rooms: &[Value]) -> Vec<String> {
    rooms.iter().map(|room| room["id"].as_str().expect("an id").to_owned()).collect()
}

async fn rooms(who: &Person) -> Reply {
    who.get("/api/chat-rooms").await.is(200)
}

#[tokio::test]
async fn the_newest_activity_comes_first() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let (first, second, third) = (ann.direct(&bob).await, ann.direct(&cid).await, ann.direct(&dan).await);
    assert_eq!(ids(rooms(&ann).await.bare_list()), [&*third.id, &*second.id, &*first.id]);
    bob.send(&first, "hello").await;
    assert_eq!(ids(rooms(&ann).await.bare_list()), [&*first.id, &*third.id, &*second.id]);
}

#[tokio::test]
async fn each_room_shows_its_last_message_and_what_is_unread() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    bob.send(&room, "one").await;
    let last = bob.send(&room, "two").await;
    let listed = rooms(&ann).await.bare_list()[0].clone();
    assert_eq!(listed["last_message"]["id"], last["id"]);
    assert_eq!(listed["last_message"]["content"], "two");
    assert_eq!(listed["unread_count"], 2);
    assert_eq!(rooms(&bob).await.bare_list()[0]["unread_count"], 0);

    bob.edit(&last, "two, edited").await;
    assert_eq!(rooms(&ann).await.bare_list()[0]["last_message"]["content"], "two, edited");
    bob.unsend(&last).await;
    let listed = rooms(&ann).await.bare_list()[0].clone();
    assert!(!listed.to_string().contains("two"), "{listed}");
    assert_eq!(listed["unread_count"], 1);
}

#[tokio::test]
async fn many_rooms_are_listed_page_by_page_by_link() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let others = world.people(["b", "c", "d", "e", "f"]).await;
    let mut opened = Vec::new();
    for other in &others {
        opened.push(ann.direct(other).await.id);
    }
    opened.reverse();
    let mut seen = Vec::new();
    let mut next = Some(String::from("/api/chat-rooms?limit=2"));
    while let Some(path) = next {
        let page = ann.get(&path).await.is(200);
        assert!(page.bare_list().len() <= 2);
        seen.extend(ids(page.bare_list()));
        next = page.header("link").and_then(next_link);
    }
    assert_eq!(seen, opened);
}

/// The path in `<…>; rel="next"`.
fn next_link(link: &str) -> Option<String> {
    let one = link.split(',').find(|one| one.contains("rel=\"next\"") || one.contains("rel=next"))?;
    let target = one.split_once('<')?.1.split_once('>')?.0;
    let path = target.find("/api/").map_or(target, |at| &target[at..]);
    Some(path.to_owned())
}

#[tokio::test]
async fn limits_and_cursors_are_judged() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    for query in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "cursor=nonsense", "cursor=%00"] {
        ann.get(&format!("/api/chat-rooms?{query}")).await.refused(422);
    }
    ann.get("/api/chat-rooms?limit=100").await.is(200);
    ann.get("/api/chat-rooms?unknown=parameter").await.is(200);
}

#[tokio::test]
async fn a_room_shows_the_names_people_have_now() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    bob.patch("/api/profile", json!({ "nickname": "Robert" })).await.is(200);
    let people = ann.room(&room).await.list("participants").to_vec();
    let robert = people.iter().find(|person| person["id"] == bob.id.as_str()).expect("bob");
    assert_eq!(robert["nickname"], "Robert");
}
