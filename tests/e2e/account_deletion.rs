//! Going for good.

mod backups;
mod export;
mod others;
mod traces;

use serde_json::json;
use std::time::Duration;
use world::{Call, PASSWORD, Person, Shared, World, eventually};

static HOUSE: Shared = Shared::new();
const SOON: Duration = Duration::from_secs(2);

/// Deletes somebody's account.
fn deleting(person: &Person, password: &str) -> Call {
    person.delete("/api/profile").json(json!({ "password": password }))
}

/// Somebody goes, and everybody has been told.
async fn gone(world: &World, person: &Person) {
    deleting(person, PASSWORD).await.is(204);
    unreadable(world, person).await;
}

/// Waits until the key is destroyed: that is the last of what follows.
async fn unreadable(world: &World, person: &Person) {
    eventually("the key is destroyed", async || {
        let audit = world.run(["audit", "user", &person.id]).await.succeeded();
        (!audit.stdout.contains(&person.email)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_password_is_asked_for_again() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let wrong = deleting(&ann, "not-My8password!").await.refused(400);
    assert_eq!(wrong.code(), "WRONG_PASSWORD");
    ann.delete("/api/profile").json(json!({})).await.refused(422).names_field("password");
    ann.delete("/api/profile").await.refused(415);
    assert_eq!(ann.get("/api/profile").await.is(200).str("email"), ann.email);
    deleting(&ann, PASSWORD).await.is(204).position();
}

#[tokio::test]
async fn guessing_the_password_here_is_slowed() {
    let world = World::options().limited().start().await;
    let ann = world.person("ann").await;
    for _ in 0..5 {
        deleting(&ann, "not-My8password!").await.refused(400);
    }
    assert!(deleting(&ann, PASSWORD).await.refused(429).header("retry-after").is_some());
    ann.get("/api/profile").await.is(200);
}

#[tokio::test]
async fn of_deletions_at_once_one_is_carried_out_and_nobody_asked_for_the_others() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let all = futures::future::join_all((0..6).map(|_| async { deleting(&ann, PASSWORD).await.status })).await;
    assert_eq!(all.iter().filter(|status| **status == 204).count(), 1, "{all:?}");
    assert!(all.iter().all(|status| [204, 401].contains(status)), "{all:?}");
}

#[tokio::test]
async fn all_sessions_and_streams_end_and_nobody_signs_in_again() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (room, elsewhere) = (ann.direct(&bob).await, ann.elsewhere().await);
    let mut here = ann.follow_from_now(&room).await;
    let mut there = elsewhere.listen("/api/messages/stream").await;
    there.expect("connected").await;
    deleting(&ann, PASSWORD).await.is(204);
    for stream in [&mut here, &mut there] {
        assert_eq!(stream.rest_within(SOON).await.last().map(|frame| frame.event.clone()), Some("closed".to_owned()));
    }
    for session in [&ann, &elsewhere] {
        session.get("/api/profile").await.refused(401);
        deleting(session, PASSWORD).await.refused(401);
        let refresh = json!({ "refresh_token": session.refresh });
        ann.without_token().post("/api/auth/refresh", refresh).await.refused(401);
    }
    let login = json!({ "email": ann.email, "password": PASSWORD });
    assert_eq!(world.anyone().post("/api/auth/login", login).await.refused(401).code(), "WRONG_CREDENTIALS");
}

#[tokio::test]
async fn who_is_gone_is_nobody_and_their_names_are_free() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["annabel", "bob"]).await;
    let found = async || bob.get("/api/users/search").query(&[("q", &ann.username)]).await.is(200).list("users").len();
    assert_eq!(found().await, 1);
    gone(&world, &ann).await;
    assert_eq!(found().await, 0);
    bob.get(&format!("/api/users/{}", ann.id)).await.refused(404);
    assert_eq!(bob.get(&format!("/api/users/{}/exists", ann.id)).await.is(200)["exists"], false);
    assert!(bob.get(&format!("/api/users?user_ids={}", ann.id)).await.is(200).bare_list().is_empty());
    let account = json!({ "email": ann.email, "username": ann.username, "password": PASSWORD });
    let newcomer = world.anyone().post("/api/auth/register", account).await.is(201);
    assert_ne!(newcomer.str("id"), ann.id);
    // The second one of that name is no less their own.
    let login = json!({ "email": ann.email, "password": PASSWORD });
    assert_eq!(world.anyone().post("/api/auth/login", login).await.is(200)["user_id"], newcomer["id"]);
}

#[tokio::test]
async fn of_many_who_delete_the_same_account_at_once_all_are_right_or_too_late() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let replies = futures::future::join_all((0..8).map(|_| async { deleting(&ann, PASSWORD).await })).await;
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [204, 400, 401, 404].contains(status)), "{statuses:?}");
}
