//! Finding what was said.

use serde_json::json;
use world::{Person, Reply, Shared};

static HOUSE: Shared = Shared::new();

/// Every page of a search, of so many messages each.
async fn pages(who: &Person, q: &str, limit: usize) -> Vec<Vec<String>> {
    let (limit, mut cursor, mut pages) = (limit.to_string(), String::new(), vec![]);
    loop {
        let mut call = who.seek(q).query(&[("limit", &limit)]);
        if !cursor.is_empty() {
            call = call.query(&[("cursor", &cursor)]);
        }
        let page = call.await.is(200);
        pages.push(contents(&page));
        assert_eq!(page["has_more"], page["next_cursor"].is_string());
        let Some(next) = page["next_cursor"].as_str() else { return pages };
        next.clone_into(&mut cursor);
    }
}

fn contents(page: &Reply) -> Vec<String> {
    let content = |message: &serde_json::Value| message["content"].as_str().expect("content").to_owned();
    page.list("messages").iter().map(content).collect()
}

#[tokio::test]
async fn all_words_have_to_be_in_a_message_whatever_case_width_and_accents() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "Lunch at the Café on Straße 9?").await;
    bob.send(&room, "the cafe is closed").await;
    for (q, count) in [
        ("CAFÉ", 2),
        ("ｃａｆｅ", 2),
        ("lunch cafe", 1),
        ("strasse", 1),
        ("the, café!", 2),
        ("caf", 0),
        ("lunch closed", 0),
    ] {
        assert_eq!(bob.found(q).await.len(), count, "{q}");
    }
    assert!(bob.found("?!").await.is_empty());
}

#[tokio::test]
async fn of_korean_chinese_and_japanese_any_two_characters_are_found() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send_all(&room, ["내일 학교에서 만나요", "我们明天见", "東京タワーへ行く"].map(str::to_owned)).await;
    for (q, n) in [("학교", 0), ("교에", 0), ("만나요 학교", 0), ("明天", 1), ("タワー", 2), ("京タ", 2)]
    {
        let all = ["내일 학교에서 만나요", "我们明天见", "東京タワーへ行く"];
        assert_eq!(bob.found(q).await, [all[n]], "{q}");
    }
    assert!(bob.found("학원").await.is_empty());
}

#[tokio::test]
async fn what_is_found_are_messages_as_the_timeline_gives_them() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "something to react to").await;
    bob.mark(&format!("/api/messages/{}/reactions/👍", sent.str("id"))).await.is(204);
    bob.read_all(&room).await;
    let found = ann.seek("react").await.is(200);
    assert_eq!(found.list("messages"), ann.timeline(&room).await.list("messages"));
    assert_eq!(found["messages"][0]["read_count"], 1);
}

#[tokio::test]
async fn edits_and_deletions_are_reflected_at_once() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let sent = ann.send(&room, "green tea").await;
    assert_eq!(ann.found("green").await, ["green tea"]);
    let edited = ann.edit(&sent, "black tea").await;
    let bobs = bob.seek("tea black").after(&edited).await.is(200);
    assert_eq!(contents(&bobs), ["black tea"]);
    assert!(ann.found("green").await.is_empty());
    ann.unsend(&sent).await;
    assert!(ann.found("black").await.is_empty() && ann.found("tea").await.is_empty());
}

#[tokio::test]
async fn all_rooms_are_searched_newest_first_page_by_page() {
    let world = HOUSE.world().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let rooms = [ann.direct(&bob).await, ann.direct(&cid).await, ann.group("g", &[&bob, &cid]).await];
    let mut expected = vec![];
    for n in 0..9 {
        let content = format!("pancake {n}");
        ann.send(&rooms[n % 3], &content).await;
        ann.send(&rooms[n % 3], "something else").await;
        expected.insert(0, content);
    }
    let pages_of_four = pages(&ann, "pancake", 4).await;
    assert_eq!(pages_of_four.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 1]);
    assert_eq!(pages_of_four.concat(), expected);
    assert_eq!(pages(&ann, "pancake", 9).await, [expected]);
    let in_one = ann.seek("pancake").query(&[("room_id", rooms[1].id.as_str())]).await.is(200);
    assert_eq!(contents(&in_one), ["pancake 7", "pancake 4", "pancake 1"]);
    assert_eq!(bob.found("pancake").await.len(), 6);
}

#[tokio::test]
async fn pages_hold_still_while_somebody_writes() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send_all(&room, (0..6).map(|n| format!("waffle {n}"))).await;
    let first = bob.seek("waffle").query(&[("limit", "3")]).await.is(200);
    ann.send(&room, "waffle 6").await;
    let cursor = first.str("next_cursor");
    let second = bob.seek("waffle").query(&[("limit", "3"), ("cursor", cursor)]).await.is(200);
    assert_eq!(contents(&second), ["waffle 2", "waffle 1", "waffle 0"]);
    assert_eq!(second["has_more"], false);
}

#[tokio::test]
async fn nothing_is_found_where_one_has_no_right_to_read() {
    let world = HOUSE.world().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let (group, private) = (ann.group("g", &[&bob]).await, ann.direct(&bob).await);
    ann.send(&group, "the password is marzipan").await;
    ann.send(&private, "marzipan, too").await;
    assert!(cid.found("marzipan").await.is_empty());
    for room in [&group.id, "nonsense"] {
        cid.seek("marzipan").query(&[("room_id", room)]).await.refused(404);
    }
    // A newcomer reads a group's past.
    ann.add(&group, &cid).await;
    assert_eq!(cid.found("marzipan").await, ["the password is marzipan"]);
    // Who is out finds nothing of it any more.
    ann.remove(&group, &bob).await;
    ann.send(&group, "more marzipan").await;
    assert_eq!(bob.found("marzipan").await, ["marzipan, too"]);
    bob.seek("marzipan").query(&[("room_id", &group.id)]).await.refused(403);
    assert!(dan.found("marzipan").await.is_empty());
    world.anyone().get("/api/messages/search?q=marzipan").await.refused(401);
}

#[tokio::test]
async fn a_blocked_ones_direct_room_stays_searchable() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "nougat").await;
    bob.block(&ann).await;
    assert_eq!((ann.found("nougat").await.len(), bob.found("nougat").await.len()), (1, 1));
}

#[tokio::test]
async fn a_search_has_one_to_a_hundred_characters() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    for q in ["", " ", &"q".repeat(101)] {
        ann.seek(q).await.refused(422).names_field("q");
    }
    ann.get("/api/messages/search").await.refused(422).names_field("q");
    for wrong in ["limit=0", "limit=101", "cursor=nonsense", "cursor=AAAA"] {
        ann.get(&format!("/api/messages/search?q=x&{wrong}")).await.refused(422);
    }
    ann.seek(&"é".repeat(100)).await.is(200);
    for q in ["%", "_", "*", "\"", "' OR 1=1 --", "(", "NEAR(", "$all", "a:b", "\\", "{}", "안"] {
        assert!(ann.found(q).await.is_empty(), "{q}");
    }
}

#[tokio::test]
async fn long_messages_are_found_by_their_beginning() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let hangul: String = (0..4_000).filter_map(|n| char::from_u32(0xac00 + n * 2)).collect();
    ann.send(&room, &hangul).await;
    let beginning: String = hangul.chars().take(20).collect();
    assert_eq!(bob.found(&beginning).await, [hangul]);
    let word = "x".repeat(4_000);
    bob.post("/api/messages", json!({ "room_id": room.id, "content": word })).await.is(201);
    assert_eq!(bob.found(&word[..100]).await, [word]);
}
