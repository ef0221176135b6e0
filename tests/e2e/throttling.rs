//! Guessing passwords is slowed, account by account.

use serde_json::json;
use world::{Caller, PASSWORD, Reply, World};

async fn login(caller: &Caller, email: &str, password: &str) -> Reply {
    caller.post("/api/auth/login", json!({ "email": email, "password": password })).await
}

#[tokio::test]
async fn after_five_failures_an_account_is_told_to_wait_and_others_are_not() {
    let world = World::options().limited().start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let anyone = world.anyone();
    for _ in 0..5 {
        login(&anyone, &ann.email, "wrong-Passw0rd!").await.refused(401);
    }

    let slowed = login(&anyone, &ann.email, PASSWORD).await.refused(429);

    let wait: u64 = slowed.header("retry-after").expect("Retry-After").parse().expect("seconds");
    assert!((1..=900).contains(&wait), "{wait}");
    login(&anyone, &bob.email, PASSWORD).await.is(200);
    ann.get("/api/profile").await.is(200);
}

#[tokio::test]
async fn an_unknown_account_is_slowed_the_same() {
    let world = World::options().limited().start().await;
    for _ in 0..5 {
        login(&world.anyone(), "nobody@example.test", PASSWORD).await.refused(401);
    }
    login(&world.anyone(), "Nobody@example.test", PASSWORD).await.refused(429);
}

#[tokio::test]
async fn a_success_before_the_fifth_failure_is_not_hindered() {
    let world = World::options().limited().start().await;
    let ann = world.person("ann").await;
    for _ in 0..4 {
        login(&world.anyone(), &ann.email, "wrong-Passw0rd!").await.refused(401);
    }
    login(&world.anyone(), &ann.email, PASSWORD).await.is(200);
}

#[tokio::test]
async fn a_lively_client_is_left_alone() {
    let world = World::options().limited().start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for n in 0..100 {
        ann.send(&room, &format!("message {n}")).await;
    }
}
