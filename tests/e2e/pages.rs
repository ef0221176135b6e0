//! Paging through a timeline.

use serde_json::Value;
use std::collections::BTreeSet;
use world::{Person, Reply, Room, Shared, World};

static HOUSE: Shared = Shared::new();

/// A room with ten messages: 1 … 10.
async fn ten(world: &World) -> (Person, Room, Vec<u64>) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send_all(&room, (1..=10).map(|n| n.to_string())).await;
    (bob, room, sent.iter().map(|message| message.u64("version")).collect())
}

async fn page(who: &Person, room: &Room, query: &str) -> Reply {
    who.get(&format!("{}&{query}", room.messages())).await.is(200)
}

fn numbers(page: &Reply) -> Vec<u64> {
    let number = |message: &Value| message["content"].as_str().expect("content").parse().expect("a number");
    page.list("messages").iter().map(number).collect()
}

#[tokio::test]
async fn the_newest_come_first_and_older_ones_by_cursor() {
    let world = HOUSE.world().await;
    let (bob, room, _) = ten(&world).await;
    let mut path = String::from("limit=4");
    let mut pages = Vec::new();
    loop {
        let page = page(&bob, &room, &path).await;
        assert_eq!(page.u64("total_count"), 10);
        pages.push(numbers(&page));
        let cursor = page["next_cursor"].as_str();
        assert_eq!(page["has_more"], cursor.is_some());
        let Some(cursor) = cursor else { break };
        path = format!("limit=4&cursor={cursor}");
    }
    assert_eq!(pages, [vec![7, 8, 9, 10], vec![3, 4, 5, 6], vec![1, 2]]);
}

#[tokio::test]
async fn before_gives_the_nearest_older_ones() {
    let world = HOUSE.world().await;
    let (bob, room, versions) = ten(&world).await;
    let older = page(&bob, &room, &format!("before={}&limit=3", versions[5])).await;
    assert_eq!((numbers(&older), &older["has_more"]), (vec![3, 4, 5], &true.into()));
    let oldest = page(&bob, &room, &format!("before={}", versions[2])).await;
    assert_eq!((numbers(&oldest), &oldest["has_more"]), (vec![1, 2], &false.into()));
}

#[tokio::test]
async fn after_gives_the_nearest_newer_ones() {
    let world = HOUSE.world().await;
    let (bob, room, versions) = ten(&world).await;
    let newer = page(&bob, &room, &format!("after={}&limit=3", versions[4])).await;
    assert_eq!((numbers(&newer), &newer["has_more"]), (vec![6, 7, 8], &true.into()));
    let cursor = newer.str("next_cursor");
    let next = page(&bob, &room, &format!("limit=3&cursor={cursor}")).await;
    assert_eq!((numbers(&next), &next["has_more"]), (vec![9, 10], &false.into()));
    let none = page(&bob, &room, &format!("after={}", versions[9])).await;
    assert!(numbers(&none).is_empty());
}

#[tokio::test]
async fn both_cut_a_window_from_its_newest_end() {
    let world = HOUSE.world().await;
    let (bob, room, versions) = ten(&world).await;
    let between = format!("after={}&before={}", versions[1], versions[8]);
    assert_eq!(numbers(&page(&bob, &room, &between).await), [3, 4, 5, 6, 7, 8]);
    assert_eq!(numbers(&page(&bob, &room, &format!("{between}&limit=2")).await), [7, 8]);
}

#[tokio::test]
async fn offset_and_skip_page_as_the_older_system_did() {
    let world = HOUSE.world().await;
    let (bob, room, _) = ten(&world).await;
    for name in ["offset", "skip"] {
        let mut seen = BTreeSet::new();
        for start in [0, 4, 8] {
            let page = page(&bob, &room, &format!("{name}={start}&limit=4")).await;
            let numbers = numbers(&page);
            assert!(numbers.is_sorted());
            assert_eq!(page["has_more"], start != 8);
            seen.extend(numbers);
        }
        assert_eq!(seen.len(), 10, "{name}");
    }
    assert!(numbers(&page(&bob, &room, "offset=10").await).is_empty());
}

#[tokio::test]
async fn pages_hold_still_while_somebody_writes() {
    let world = HOUSE.world().await;
    let (bob, room, _) = ten(&world).await;
    let first = page(&bob, &room, "limit=5").await;
    bob.send(&room, "11").await;
    let second = page(&bob, &room, &format!("limit=5&cursor={}", first.str("next_cursor"))).await;
    assert_eq!(numbers(&second), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn bounds_that_are_none_are_refused() {
    let world = HOUSE.world().await;
    let (bob, room, _) = ten(&world).await;
    let queries = [
        "limit=0",
        "limit=101",
        "limit=-5",
        "limit=abc",
        "limit=99999999999999999999",
        "before=x",
        "after=-1",
        "before=1.5",
        "offset=-1",
        "skip=x",
        "cursor=nonsense",
        "cursor=AAAA",
        "cursor=%F0%9F%92%A9",
        "before=99999999999999999999",
    ];
    for query in queries {
        bob.get(&format!("{}&{query}", room.messages())).await.refused(422);
    }
    bob.get("/api/messages").await.refused(422);
    assert_eq!(numbers(&page(&bob, &room, "before=9223372036854775807").await).len(), 10);
    assert!(numbers(&page(&bob, &room, "before=0").await).is_empty());
    assert_eq!(numbers(&page(&bob, &room, "after=0").await).len(), 10);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_nonsense_here() {
    let world = HOUSE.world().await;
    let (bob, room, _) = ten(&world).await;
    let cursor = page(&bob, &room, "limit=3").await.str("next_cursor").to_owned();
    let reply = bob.get(&format!("/api/chat-rooms?cursor={cursor}")).await;
    assert!(reply.status == 422 || reply.status == 200, "{}", reply.story());
}
