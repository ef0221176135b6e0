//! Sessions seen and ended, and a password changed.

use futures::future::join_all;
use serde_json::{Value, json};
use std::time::Duration;
use world::{PASSWORD, Person, Shared};

static HOUSE: Shared = Shared::new();

const NEW: &str = "another-Secret8word?";

async fn sessions(person: &Person) -> Vec<Value> {
    person.get("/api/auth/sessions").await.is(200).list("sessions").to_vec()
}

#[tokio::test]
async fn everybody_sees_their_sessions_and_which_one_is_this() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let other = ann.elsewhere().await;
    let (here, there) = (sessions(&ann).await, sessions(&other).await);
    assert_eq!((here.len(), there.len()), (2, 2));
    let current = |all: &[Value]| -> Vec<Value> {
        all.iter().filter(|one| one["is_current"] == true).map(|one| one["id"].clone()).collect()
    };
    let (mine, others) = (current(&here), current(&there));
    assert_eq!((mine.len(), others.len()), (1, 1));
    assert_ne!(mine, others);
}

#[tokio::test]
async fn a_session_that_is_deleted_is_out_at_once_with_its_streams() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let lost = ann.elsewhere().await;
    let room = ann.direct(&bob).await;
    let mut stream = lost.follow_from_now(&room).await;
    let id = sessions(&lost).await.into_iter().find(|one| one["is_current"] == true).expect("this one")["id"].clone();

    ann.delete(&format!("/api/auth/sessions/{}", id.as_str().expect("an id"))).await.is(204);

    let last = stream.rest_within(Duration::from_secs(2)).await;
    assert_eq!(last.last().expect("a last word").event, "closed");
    lost.get("/api/profile").await.refused(401);
    lost.without_token().post("/api/auth/refresh", json!({ "refresh_token": lost.refresh })).await.refused(401);
    ann.get("/api/profile").await.is(200);
    assert_eq!(sessions(&ann).await.len(), 1);
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let id = sessions(&ann).await[0]["id"].clone();
    for path in [id.as_str().expect("an id"), "no-such-session"] {
        bob.delete(&format!("/api/auth/sessions/{path}")).await.refused(404);
    }
    ann.get("/api/profile").await.is(200);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let other = ann.elsewhere().await;
    let room = ann.direct(&bob).await;
    let mut elsewhere = other.follow_from_now(&room).await;
    let mut here = ann.follow_from_now(&room).await;

    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    ann.put("/api/auth/password", change).await.is(204);

    assert_eq!(elsewhere.rest_within(Duration::from_secs(2)).await.pop().expect("a last word").event, "closed");
    other.get("/api/profile").await.refused(401);
    ann.get("/api/profile").await.is(200);
    bob.send(&room, "still here?").await;
    here.expect("new_message").await;
}

#[tokio::test]
async fn after_a_change_only_the_new_password_opens() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    ann.put("/api/auth/password", change).await.is(204);
    let login =
        |password: &str| world.anyone().post("/api/auth/login", json!({ "email": ann.email, "password": password }));
    login(PASSWORD).await.refused(401);
    login(NEW).await.is(200);
}

#[tokio::test]
async fn a_password_is_not_changed_without_the_old_one_or_for_a_weak_one() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let wrong = json!({ "current_password": "wrong-Passw0rd!", "new_password": NEW });
    ann.put("/api/auth/password", wrong).await.refused(400);
    let weak = json!({ "current_password": PASSWORD, "new_password": "weak" });
    ann.put("/api/auth/password", weak).await.refused(422).names_field("new_password");
    world.anyone().post("/api/auth/login", json!({ "email": ann.email, "password": PASSWORD })).await.is(200);
}

#[tokio::test]
async fn of_many_who_change_a_password_at_once_one_does() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let change = |n: usize| {
        let body = json!({ "current_password": PASSWORD, "new_password": format!("another-Secret{n}word?") });
        ann.put("/api/auth/password", body)
    };
    let replies = join_all((0..8).map(|n| change(n).into_future())).await;
    let changed: Vec<_> = (0..8).filter(|n| replies[*n].status == 204).collect();
    assert_eq!(changed.len(), 1, "{replies:?}");
    assert!(replies.iter().filter(|reply| reply.status != 204).all(|reply| reply["code"] == "WRONG_PASSWORD"));
    let password = format!("another-Secret{}word?", changed[0]);
    world.anyone().post("/api/auth/login", json!({ "email": ann.email, "password": password })).await.is(200);
}
