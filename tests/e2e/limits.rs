//! Callers are held to limits: each user, each address, each kind of call.

use reqwest::Method;
use serde_json::json;
use world::{Options, PASSWORD, World};

/// With these limits, and ten registrations an hour.
fn limited(settings: &[(&str, &str)]) -> Options {
    let options = World::options().limited().setting("CHAT_REGISTRATIONS_PER_ADDRESS", "1/h:10");
    settings.iter().fold(options, |options, (name, value)| options.setting(name, value))
}

#[tokio::test]
async fn a_user_who_sends_too_much_is_told_when_to_go_on_and_others_go_on() {
    let world = limited(&[("CHAT_COMMANDS_PER_USER", "1/h:6")]).start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let message = json!({ "room_id": room.id, "content": "hello" });
    let mut sent = 0;
    let refused = loop {
        let reply = ann.post("/api/messages", message.clone()).await;
        let policy = reply.header("ratelimit-policy").expect("RateLimit-Policy").to_owned();
        assert!(policy.starts_with(r#""commands-user";q=6;w=21600"#), "{policy}");
        if reply.status != 201 {
            break reply.refused(429);
        }
        sent += 1;
        assert!(sent < 10, "never refused");
    };
    assert_eq!(refused.code(), "RATE_LIMITED");
    let wait: u64 = refused.header("retry-after").expect("Retry-After").parse().expect("seconds");
    assert!((3500..=3600).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").is_some_and(|left| left.starts_with(r#""commands-user";r=0;t="#)));
    // Their other calls, the same at another port, and somebody else's commands.
    ann.get("/api/profile").await.is(200);
    ann.at(&world.address(8002)).post("/api/messages", message.clone()).await.refused(429);
    bob.post("/api/messages", message).await.is(201);
}

#[tokio::test]
async fn logins_and_registrations_of_an_address_are_few() {
    let world = limited(&[("CHAT_LOGINS_PER_ADDRESS", "1/h:3"), ("CHAT_REGISTRATIONS_PER_ADDRESS", "1/h:2")]);
    let world = world.start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let login = async |email: &str, path: &str| {
        world.anyone().post(path, json!({ "email": email, "password": PASSWORD })).await
    };
    // Both have logged in once.
    login(&ann.email, "/api/auth/login/json").await.is(200);
    assert_eq!(login(&bob.email, "/api/auth/login").await.refused(429).code(), "RATE_LIMITED");
    let account = json!({ "email": "eve@example.test", "password": PASSWORD });
    world.anyone().post("/api/auth/register", account).await.refused(429);
    ann.get("/api/profile").await.is(200);
}

#[tokio::test]
async fn streams_are_opened_a_few_at_once() {
    let world = limited(&[("CHAT_STREAMS_PER_USER", "1/h:2")]).start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let path = format!("/api/messages/stream/{}", room.id);
    let first = ann.listen(&path).await;
    let second = ann.listen("/api/messages/stream").await;
    ann.get(&path).await.refused(429);
    drop((first, second));
    bob.listen(&path).await;
}

#[tokio::test]
async fn a_proxy_that_is_listed_says_who_calls_and_one_that_is_not_says_nothing() {
    let one = ("CHAT_QUERIES_PER_ADDRESS", "1/h:3");
    let ask = async |world: &World, client: &str| {
        world.anyone().get("/api/nothing").header("X-Forwarded-For", client).await.status
    };
    let world = limited(&[one, ("CHAT_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")]).start().await;
    for _ in 0..3 {
        assert_eq!(ask(&world, "192.0.2.1, 10.1.1.1").await, 404);
    }
    assert_eq!(ask(&world, "192.0.2.9, 192.0.2.1").await, 429, "what a client invents counts for nothing");
    assert_eq!(ask(&world, "192.0.2.2").await, 404);
    let alone = limited(&[one]).start().await;
    for number in 0..3 {
        assert_eq!(ask(&alone, &format!("192.0.2.{number}")).await, 404);
    }
    assert_eq!(ask(&alone, "192.0.2.77").await, 429);
}

#[tokio::test]
async fn guesses_from_one_network_of_ipv6_are_one_guessers() {
    let failures = ("CHAT_LOGIN_FAILURES_PER_ADDRESS", "3");
    let world = limited(&[failures, ("CHAT_TRUSTED_PROXIES", "127.0.0.1")]).start().await;
    let guess = async |number: u32, network: u32| {
        let call = world.anyone().call(Method::POST, "/api/auth/login");
        let body = json!({ "email": format!("nobody.{number}@example.test"), "password": PASSWORD });
        call.json(body).header("X-Forwarded-For", &format!("2001:db8:0:{network}::{number}")).await.status
    };
    for number in 1..=3 {
        assert_eq!(guess(number, 1).await, 401);
    }
    assert_eq!(guess(4, 1).await, 429);
    assert_eq!(guess(5, 2).await, 401);
}

#[tokio::test]
async fn by_default_a_lively_client_is_left_alone_and_off_is_off() {
    let world = World::options().limited().start().await;
    let ann = world.person("ann").await;
    for _ in 0..200 {
        ann.get("/api/profile").await.is(200);
    }
    let reply = ann.get("/api/profile").await;
    assert!(reply.header("ratelimit").is_some());
    let off = World::start().await;
    assert_eq!(off.anyone().get("/api/nothing").await.header("ratelimit"), None);
}
