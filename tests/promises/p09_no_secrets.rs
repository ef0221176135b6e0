//! Promise 9: password hashes, tokens and keys live in mutable tables, never in an event or a log line.

use super::ledger;
use std::path::{Path, PathBuf};
use world::{PASSWORD, World};

const WORDS: &str = "quartz-sphinx-of-black-vow";

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// Somebody does everything that has to do with secrets; all secrets that there were.
async fn a_secret_life(world: &World) -> Vec<String> {
    let [mut ann, bob] = world.people(["ann", "bob"]).await;
    let mut secrets = vec![PASSWORD.into(), "another-Secret8word?".into(), "wrong-Passw0rd!".into()];
    secrets.extend([ann.access.clone(), ann.refresh.clone(), bob.access.clone(), bob.refresh.clone()]);
    let refresh = serde_json::json!({ "refresh_token": ann.refresh });
    let session = ann.post("/api/auth/refresh", refresh.clone()).await.is(200);
    ann.adopt(&session);
    secrets.extend([ann.access.clone(), ann.refresh.clone()]);
    let login = serde_json::json!({ "email": ann.email, "password": "wrong-Passw0rd!" });
    world.anyone().post("/api/auth/login", login).await.refused(401);
    let room = ann.direct(&bob).await;
    ann.follow_from_now(&room).await;
    let sent = ann.sending(&room, WORDS).with_key("idempotency-key-of-ann").await.is(201);
    secrets.push("idempotency-key-of-ann".into());
    ann.edit(&sent, &format!("{WORDS}, edited")).await;
    let change = serde_json::json!({ "current_password": PASSWORD, "new_password": "another-Secret8word?" });
    ann.put("/api/auth/password", change).await.is(204);
    ann.act("/api/auth/logout").await.is(200);
    world.anyone().post("/api/auth/refresh", refresh).await.refused(401);
    secrets
}

#[tokio::test]
async fn promise_09_no_secrets_in_any_file_or_log_line() {
    let world = World::options().setting("CHAT_LOG", "debug").start().await;
    let secrets = a_secret_life(&world).await;
    for killed in [false, true] {
        if killed {
            world.kill();
        }
        for file in files(&world.data()) {
            let bytes = std::fs::read(&file).unwrap_or_default();
            for secret in &secrets {
                assert!(!holds(&bytes, secret), "{secret} stands in {}", file.display());
            }
            let is_store = file.file_name().expect("a name").to_string_lossy().starts_with("events");
            assert!(is_store || !holds(&bytes, "$argon2"), "a hash stands in {}", file.display());
        }
        let log = world.log();
        assert!(!log.is_empty(), "nothing was logged");
        for secret in secrets.iter().map(String::as_str).chain(["$argon2", WORDS]) {
            assert!(!log.contains(secret), "{secret} was logged");
        }
    }
}

#[tokio::test]
async fn promise_09_no_secrets_and_nothing_personal_in_the_log_of_events() {
    let world = World::start().await;
    a_secret_life(&world).await;
    let events = ledger::events(&world).await;
    assert!(events.len() > 5);
    for event in events {
        let texts = [event.event_type, event.payload, event.metadata];
        for needle in ["$argon2", "argon2id", WORDS, "example.test", "\"ann\"", "ann_"] {
            assert!(texts.iter().all(|text| !text.contains(needle)), "{needle} in {texts:?}");
        }
    }
    // Snapshots are sealed as well, and claims are hashes: the whole file tells nothing of who and what.
    for file in files(&world.data()) {
        if file.file_name().expect("a name").to_string_lossy().starts_with("events") {
            let bytes = std::fs::read(&file).expect("a file");
            for needle in [WORDS, "example.test"] {
                assert!(!holds(&bytes, needle), "{needle} stands in {}", file.display());
            }
        }
    }
}

#[tokio::test]
async fn promise_09_no_secrets_are_shown_by_the_audit_or_the_settings() {
    let world = World::start().await;
    let secrets = a_secret_life(&world).await;
    let settings = world.run(["config", "show"]).await.succeeded();
    for secret in secrets.iter().map(String::as_str).chain(["PRIVATE KEY"]) {
        assert!(!settings.stdout.contains(secret));
    }
    for (kind, id) in ledger::streams(&world).await {
        let audit = world.run(["audit", &kind, &id]).await.succeeded();
        assert!(!audit.stdout.is_empty());
        for secret in secrets.iter().map(String::as_str).chain(["$argon2"]) {
            assert!(!audit.stdout.contains(secret), "{secret} in the audit of a {kind}");
        }
    }
}
