//! Tokens that are none.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use world::Shared;

static HOUSE: Shared = Shared::new();

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<_> = token.split('.').collect();
    parts.try_into().expect("an access token has three parts")
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&BASE64.decode(part).expect("base64url")).expect("JSON")
}

fn encoded(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

#[tokio::test]
async fn an_access_token_is_signed_and_lives_fifteen_minutes() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let [header, claims, _] = parts(&ann.access).map(str::to_owned);
    assert_eq!(decoded(&header)["alg"], "EdDSA");
    let claims = decoded(&claims);
    let (from, to) = (claims["iat"].as_i64().expect("iat"), claims["exp"].as_i64().expect("exp"));
    assert_eq!(to - from, 900);
    assert!(!claims.to_string().contains(&ann.email), "{claims}");
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let [header, claims, signature] = parts(&ann.access);
    let other = parts(&bob.access);
    let mut longer = decoded(claims);
    longer["exp"] = json!(9_999_999_999_u64);
    let none = |alg: &str| format!("{}.{claims}.", encoded(&json!({ "alg": alg, "typ": "JWT" })));
    let signed_as = |alg: &str| format!("{}.{claims}.{signature}", encoded(&json!({ "alg": alg, "typ": "JWT" })));
    let forged = [
        none("none"),
        none("None"),
        none("EdDSA"),
        signed_as("HS256"),
        signed_as("RS256"),
        format!("{header}.{}.{signature}", encoded(&longer)),
        format!("{header}.{}.{signature}", other[1]),
        format!("{header}.{claims}.{}", other[2]),
        format!("{header}.{claims}.{}", "A".repeat(signature.len())),
        format!("{header}.{claims}"),
        format!("{}x", ann.access),
        format!("{header}.{claims}.{signature}.{signature}"),
        ann.refresh.clone(),
        "x".repeat(6_000),
        "..".into(),
        "a".into(),
    ];
    for token in &forged {
        let refused = ann.with_token(token).get("/api/profile").await.refused(401);
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        ann.with_token(token).get("/api/messages/stream").await.refused(401);
    }
    ann.get("/api/profile").await.is(200);
}

#[tokio::test]
async fn an_authorization_of_another_kind_is_none() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let anyone = world.anyone();
    let basic = format!("Basic {}", BASE64.encode("a:b"));
    for value in ["", "Bearer", "Bearer ", &basic, &ann.access, &format!("Token {}", ann.access)] {
        anyone.get("/api/profile").header("Authorization", value).await.refused(401);
    }
    // The scheme's case does not matter (RFC 9110).
    anyone.get("/api/profile").header("Authorization", &format!("bearer {}", ann.access)).await.is(200);
    anyone.get("/api/profile").header("Cookie", &format!("access_token={}", ann.access)).await.refused(401);
}

#[tokio::test]
async fn a_key_of_another_server_opens_nothing_here() {
    let world = HOUSE.world().await;
    let elsewhere = world::World::start().await;
    let stranger = elsewhere.person("ann").await;
    world.anyone().with_token(&stranger.access).get("/api/profile").await.refused(401);
    let body = json!({ "refresh_token": stranger.refresh });
    world.anyone().post("/api/auth/refresh", body).await.refused(401);
}

#[cfg(unix)]
#[tokio::test]
async fn the_keys_are_readable_by_the_owner_only() {
    if world::is_distributed() {
        return world::skipped("it looks at files of the embedded mode");
    }
    use std::os::unix::fs::PermissionsExt as _;
    let world = HOUSE.world().await;
    let secrets = std::fs::read_dir(world.data().join("secrets")).expect("a folder of secrets");
    let mut files: Vec<_> = secrets.map(|entry| entry.expect("an entry").path()).collect();
    assert!(!files.is_empty(), "where are the keys?");
    files.push(world.data().join("keys.db"));
    for file in files {
        let mode = std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", file.display());
    }
}
