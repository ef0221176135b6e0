//! Subcommands while the server runs.

use serde_json::json;
use world::{Outcome, World};

async fn small(world: &World) -> (world::Person, world::Room) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.group("Lunch", &[&bob]).await;
    let sent = ann.send(&room, "the audited words").await;
    ann.edit(&sent, "the edited words").await;
    (ann, room)
}

#[tokio::test]
async fn an_audit_says_who_did_what_and_when() {
    let world = World::start().await;
    let (ann, room) = small(&world).await;
    let audit = world.run(["audit", "room", &room.id, "--json"]).await.succeeded().documents();
    for (index, event) in audit.iter().enumerate() {
        assert_eq!(event["version"], index as u64 + 1);
        for field in ["position", "type", "recorded_at", "correlation_id", "hash"] {
            assert!(!event[field].is_null(), "no {field}: {event}");
        }
    }
    let sent = audit.iter().find(|event| event["type"] == "MessageSent").expect("the message");
    assert_eq!(sent["actor"], json!(ann.id));
    let types: Vec<_> = audit.iter().filter_map(|event| event["type"].as_str()).collect();
    assert!(types.ends_with(&["MessageSent", "MessageEdited"]), "{types:?}");
    let plain = world.run(["audit", "room", &room.id]).await.succeeded();
    assert!(plain.stdout.contains("MessageSent"));
    world.run(["audit", "room", &room.id, "--at", "1"]).await.succeeded();
}

#[tokio::test]
async fn an_audit_of_nothing_fails_clearly() {
    let world = World::start().await;
    for id in ["nonsense", "018f0000-0000-7000-8000-000000000000"] {
        let outcome = world.run(["audit", "room", id]).await;
        assert_ne!(outcome.code, 0, "{outcome:?}");
        assert!(!outcome.stderr.is_empty() && !outcome.stderr.contains("panicked"), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_rebuild_says_what_it_did() {
    let world = World::start().await;
    small(&world).await;
    for model in ["directory", "timeline"] {
        world.run(["rebuild", model]).await.succeeded();
        world.run(["rebuild", model, "--json"]).await.succeeded().json();
        let verified = world.run(["verify", model, "--json"]).await.succeeded().json();
        assert_eq!(verified["model"], model);
        for field in ["keys", "rows", "position"] {
            assert!(verified[field].as_u64().is_some_and(|count| count > 0), "{field}: {verified}");
        }
        assert_eq!(verified["differences"], json!([]));
    }
}

#[tokio::test]
async fn subcommands_work_without_a_server_too() {
    let world = World::start().await;
    let (_, room) = small(&world).await;
    world.kill();
    world.run(["rebuild", "timeline"]).await.succeeded();
    world.run(["verify", "timeline"]).await.succeeded();
    world.run(["audit", "room", &room.id]).await.succeeded();
    world.restart().await;
    world.run(["verify", "directory"]).await.succeeded();
}

#[tokio::test]
async fn read_models_that_were_thrown_away_are_folded_again_at_start() {
    if world::is_distributed() {
        return world::skipped("it deletes files of the embedded mode");
    }
    let world = World::start().await;
    let (ann, room) = small(&world).await;
    world.kill();
    std::fs::remove_dir_all(world.data().join("read")).expect("the read models");
    world.restart().await;
    assert_eq!(ann.reconnected().contents(&room).await, ["the edited words"]);
    for model in ["directory", "timeline"] {
        world.run(["verify", model]).await.succeeded();
    }
}

#[tokio::test]
async fn a_model_that_there_is_not_is_named() {
    let world = World::start().await;
    for command in ["rebuild", "verify"] {
        let outcome = world.run([command, "gossip"]).await;
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(outcome.stderr.contains("gossip"), "{outcome:?}");
    }
}

#[tokio::test]
async fn every_subcommand_has_help() {
    for name in ["serve", "rebuild", "verify", "audit", "config"] {
        let output = std::process::Command::new(world::binary()).args([name, "--help"]).output().expect("it runs");
        let outcome = Outcome::from(output).succeeded();
        assert!(outcome.stdout.contains("--"), "{outcome:?}");
    }
}

#[tokio::test]
async fn one_folder_is_served_by_one_process() {
    if world::is_distributed() {
        return world::skipped("it is about the folder of the embedded mode");
    }
    let world = World::start().await;
    let second = world.command(&["serve", "--port-offset", "31000"]).env("CHAT_RATE_LIMITS", "off").spawn();
    let mut second = second.expect("it starts");
    let ended = world::eventually("the second one gives up", async || second.try_wait().expect("a child")).await;
    assert!(!ended.success());
    world.person("ann").await;
}
