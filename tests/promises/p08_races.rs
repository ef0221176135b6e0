//! Promise 8: rules hold under concurrency.

use futures::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;
use world::{Call, PASSWORD, Person, Reply, Shared};

static HOUSE: Shared = Shared::new();

/// All at once, each on a connection of its own; the statuses.
async fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Reply> {
    let calls: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.into_future())).collect();
    join_all(calls).await.into_iter().map(|reply| reply.expect("not cancelled")).collect()
}

fn count(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

fn ask(from: &Person, to: &Person) -> Call {
    from.reconnected().post("/api/friends/request", json!({ "to_user_id": to.id }))
}

async fn friends(who: &Person) -> usize {
    who.get("/api/friends").await.is(200).list("friends").len()
}

#[tokio::test]
async fn promise_08_races_for_a_direct_room_make_one() {
    let world = HOUSE.world().await;
    for _ in 0..5 {
        let [ann, bob] = world.people(["ann", "bob"]).await;
        let open = |from: &Person, to: &Person| {
            from.reconnected().post("/api/chat-rooms", json!({ "participant_ids": [to.id] }))
        };
        let check = |from: &Person, to: &Person| from.reconnected().get(&format!("/api/chat-rooms/check/{}", to.id));
        let calls = (0..20).map(|n| match n % 4 {
            0 => open(&ann, &bob),
            1 => open(&bob, &ann),
            2 => check(&ann, &bob),
            _ => check(&bob, &ann),
        });
        let replies = at_once(calls).await;
        let ids: BTreeSet<_> = replies.iter().map(|reply| reply.str("id").to_owned()).collect();
        assert_eq!(ids.len(), 1);
        assert!(count(&replies, 201) <= 1 && count(&replies, 201) + count(&replies, 200) == 20);
        for who in [&ann, &bob] {
            assert_eq!(who.get("/api/chat-rooms").await.is(200).bare_list().len(), 1);
        }
    }
}

#[tokio::test]
async fn promise_08_races_of_crossing_requests_make_one_friendship() {
    let world = HOUSE.world().await;
    for _ in 0..10 {
        let [ann, bob] = world.people(["ann", "bob"]).await;
        let replies = at_once([ask(&ann, &bob), ask(&bob, &ann)]).await;
        assert_eq!(count(&replies, 201), 2, "{replies:?}");
        assert_eq!(replies[0]["id"], replies[1]["id"]);
        assert_eq!((friends(&ann).await, friends(&bob).await), (1, 1));
    }
}

#[tokio::test]
async fn promise_08_races_to_answer_a_request_are_won_once() {
    let world = HOUSE.world().await;
    for _ in 0..5 {
        let [ann, bob] = world.people(["ann", "bob"]).await;
        let asked = ask(&ann, &bob).await.is(201);
        let answer =
            |who: &Person, verb: &str| who.reconnected().act(&format!("/api/friends/{}/{verb}", asked.str("id")));
        let calls = (0..12).map(|n| match n % 3 {
            0 => answer(&bob, "accept"),
            1 => answer(&bob, "reject"),
            _ => answer(&ann, "cancel"),
        });
        let replies = at_once(calls).await;
        assert_eq!((count(&replies, 200), count(&replies, 409)), (1, 11), "{replies:?}");
        let winner = replies.iter().find(|reply| reply.status == 200).expect("one");
        let expected = usize::from(winner["status"] == "accepted");
        assert_eq!((friends(&ann).await, friends(&bob).await), (expected, expected));
    }
}

#[tokio::test]
async fn promise_08_races_for_an_address_or_a_username_make_one_account() {
    let world = HOUSE.world().await;
    let register = |body: serde_json::Value| world.anyone().post("/api/auth/register", body);
    let spell = |text: &str, n: usize| if n.is_multiple_of(2) { text.to_uppercase() } else { text.to_owned() };
    let same_email = (0..20).map(|n| register(json!({ "email": spell("race@eight.test", n), "password": PASSWORD })));
    let replies = at_once(same_email).await;
    assert_eq!((count(&replies, 201), count(&replies, 409)), (1, 19), "{replies:?}");
    let same_name = (0..20).map(|n| {
        let email = format!("racer{n}@eight.test");
        register(json!({ "email": email, "password": PASSWORD, "username": spell("racer", n) }))
    });
    let replies = at_once(same_name).await;
    assert_eq!((count(&replies, 201), count(&replies, 409)), (1, 19), "{replies:?}");
    let login = json!({ "email": "race@eight.test", "password": PASSWORD });
    world.anyone().post("/api/auth/login", login).await.is(200);
}

#[tokio::test]
async fn promise_08_races_for_a_new_username_are_won_once() {
    let world = HOUSE.world().await;
    let people = world.people(["a", "b", "c", "d", "e", "f"]).await;
    let calls = people.iter().map(|who| who.reconnected().patch("/api/profile", json!({ "username": "the_one" })));
    let replies = at_once(calls).await;
    assert_eq!((count(&replies, 200), count(&replies, 409)), (1, 5), "{replies:?}");
}

#[tokio::test]
async fn promise_08_races_of_a_block_with_requests_leave_no_friendship() {
    let world = HOUSE.world().await;
    for _ in 0..10 {
        let [ann, bob] = world.people(["ann", "bob"]).await;
        let block = ann.reconnected().mark(&format!("/api/friends/blocks/{}", bob.id));
        let replies = at_once([ask(&bob, &ann), block, ask(&ann, &bob), ask(&bob, &ann)]).await;
        assert_eq!(replies[1].status, 204);
        assert_eq!((friends(&ann).await, friends(&bob).await), (0, 0));
        for who in [&ann, &bob] {
            let requests = who.get("/api/friends/requests").await.is(200);
            assert!(requests.list("received_requests").is_empty(), "{}", requests.story());
            assert!(requests.list("sent_requests").is_empty(), "{}", requests.story());
        }
    }
}

#[tokio::test]
async fn promise_08_races_of_leaving_owners_leave_one() {
    let world = HOUSE.world().await;
    for _ in 0..5 {
        let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
        let group = ann.group("g", &[&bob, &cid]).await;
        let path = group.path(&format!("/members/{}/role", bob.id));
        ann.put(&path, json!({ "role": "owner" })).await.is(200);
        let leave = |who: &Person| who.reconnected().act(&group.path("/leave"));
        let replies = at_once([leave(&ann), leave(&bob)]).await;
        assert_eq!((count(&replies, 200), count(&replies, 400)), (1, 1), "{replies:?}");
        let room = cid.room(&group).await;
        assert_eq!(room.list("participants").iter().filter(|one| one["role"] == "owner").count(), 1);
    }
}

#[tokio::test]
async fn promise_08_races_of_sends_with_a_removal_leave_nothing_after_it() {
    let world = HOUSE.world().await;
    for _ in 0..5 {
        let [ann, bob] = world.people(["ann", "bob"]).await;
        let group = ann.group("g", &[&bob]).await;
        let senders: Vec<_> =
            (0..6).map(|n| tokio::spawn(send_until_refused(bob.reconnected(), group.clone(), n))).collect();
        let mut live = ann.follow_after(&group, "0").await;
        for _ in 0..20 {
            live.until("new_message").await;
        }
        ann.remove(&group, &bob).await;
        for sender in senders {
            assert_eq!(sender.await.expect("a sender"), 403);
        }
        let end = ann.send(&group, "the end").await.u64("version");
        let removal = live.until("member_left").await.version();
        let after = live.collect_until(|frame| frame.id == Some(end.to_string())).await;
        assert_eq!(after.iter().filter(|frame| frame.event == "new_message").count(), 1, "{after:?}");
        let history = ann.history(&group).await;
        let last = history
            .iter()
            .filter(|one| one["user_id"] == bob.id.as_str())
            .filter_map(|one| one["version"].as_u64())
            .max();
        assert!(last.expect("bob wrote") < removal);
    }
}

async fn send_until_refused(who: Person, room: world::Room, number: usize) -> u16 {
    for n in 0.. {
        let reply = who.sending(&room, &format!("{number} {n}")).await;
        if reply.status != 201 {
            return reply.status;
        }
    }
    unreachable!("it is refused at last")
}

#[tokio::test]
async fn promise_08_races_of_a_refresh_token_make_one_line_of_successors() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let refresh =
        |token: &str| ann.reconnected().without_token().post("/api/auth/refresh", json!({ "refresh_token": token }));
    let replies = at_once((0..10).map(|_| refresh(&ann.refresh))).await;
    let tokens: BTreeSet<_> = replies.iter().map(|reply| reply.str("refresh_token").to_owned()).collect();
    assert_eq!((count(&replies, 200), tokens.len()), (10, 1));
}
