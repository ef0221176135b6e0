//! Roles and contexts as processes of their own.

use world::{Person, World};

use super::{carrying, first};

fn serving(context: &str) -> world::Options {
    carrying("command,query").setting("CHAT_CONTEXTS", context)
}

#[tokio::test]
async fn contexts_and_roles_are_processes_of_their_own() {
    let Some(users) = first(serving("user")).await else { return };
    let friends = users.beside(serving("friend")).await;
    let chat = users.beside(serving("chat")).await;
    let relay = users.beside(carrying("relay")).await;
    let projector = users.beside(carrying("projector")).await;
    let [ann, bob] = users.people(["ann", "bob"]).await;
    let at = |person: &Person, world: &World| person.through(&[world]);

    at(&ann, &friends).befriend(&at(&bob, &friends)).await;
    let room = at(&ann, &chat).direct(&bob).await;
    let mut live = at(&bob, &chat).follow_from_now(&room).await;
    at(&ann, &chat).send(&room, "through all of them").await;
    assert_eq!(live.expect("new_message").await.data["username"], ann.username);
    assert_eq!(at(&bob, &chat).contents(&room).await, ["through all of them"]);

    at(&ann, &users).get(&room.path("")).await.refused(404);
    at(&ann, &chat).get("/api/profile").await.refused(404);
    for world in [&users, &friends, &chat, &relay, &projector] {
        world.anyone().get("/health/ready").await.is(200);
        assert!(world.anyone().get("/metrics").await.is(200).text.contains("# EOF"));
    }
    for world in [projector, relay, chat, friends, users] {
        assert_eq!(world.stop().await, 0, "{}", world.log());
    }
}
