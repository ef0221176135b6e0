//! Files that are missing, another's or changed: it is said, and nothing is begun anew beside the rest.

mod parts;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Executor as _};
use std::path::Path;
use world::{Outcome, Person, Room, World, eventually, free_offset};

async fn filled() -> (World, Person, Room) {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send_all(&room, (0..20).map(|n| format!("{n}"))).await;
    assert_eq!(world.stop().await, 0);
    (world, ann, room)
}

/// The server, which gives up at start.
fn refused(world: &World) -> Outcome {
    let output = world.command(&["serve", "--port-offset", &free_offset().to_string()]).output().expect("it ends");
    let outcome = Outcome::from(output);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    outcome
}

fn lose(world: &World, name: &str) {
    let mut lost = 0;
    for entry in std::fs::read_dir(world.data()).expect("the folder") {
        let path = entry.expect("an entry").path();
        let is_it = path.file_name().expect("a name").to_string_lossy().starts_with(name);
        if is_it && path.is_dir() {
            std::fs::remove_dir_all(&path).expect("it goes");
        } else if is_it {
            std::fs::remove_file(&path).expect("it goes");
        }
        lost += usize::from(is_it);
    }
    assert!(lost > 0, "no {name}");
}

async fn change(file: &Path, statement: &str) {
    let mut store: SqliteConnection = SqliteConnectOptions::new().filename(file).connect().await.expect("a file");
    assert!(store.execute(statement).await.expect("it is changed").rows_affected() > 0, "{statement}");
}

#[tokio::test]
async fn a_folder_that_lost_a_part_of_itself_is_not_served() {
    if world::is_distributed() {
        return world::skipped("it harms files of the embedded mode");
    }
    for (lost, file) in [("events.db", "events.db"), ("keys.db", "keys.db"), ("secrets", "secrets/digest.key")] {
        let (world, ..) = filled().await;
        lose(&world, lost);
        for again in [false, true] {
            let outcome = refused(&world);
            let said = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(said.contains(&format!("{file} is missing")), "again: {again}, {outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_log_with_a_hole_is_not_written_on() {
    if world::is_distributed() {
        return world::skipped("it harms files of the embedded mode");
    }
    let (world, ann, room) = filled().await;
    change(&world.data().join("events.db"), "DELETE FROM events WHERE position = 9").await;
    lose(&world, "read");
    world.respawn();
    let ann = ann.reconnected();
    eventually("writes are refused", async || {
        let reply = ann.sending(&room, "onto a hole").attempt().await.ok()?;
        (reply.status == 503).then_some(())
    })
    .await;
    let ready = world.anyone().get("/health/ready").await.is(503);
    assert!(ready.text.contains("log"), "{ready:?}");
    let verified = world.run(["verify", "timeline"]).await;
    assert_eq!(verified.code, 1, "{verified:?}");
    assert!(verified.stdout.contains("not as it was sealed"), "{verified:?}");
}

#[tokio::test]
async fn an_audit_of_a_forged_history_says_so() {
    if world::is_distributed() {
        return world::skipped("it harms files of the embedded mode");
    }
    let (world, _, room) = filled().await;
    let forge = "UPDATE events SET payload = replace(payload, '\"number\":5', '\"number\":6') WHERE payload LIKE '%\"number\":5,%'";
    change(&world.data().join("events.db"), forge).await;
    for form in [&["audit", "room", &room.id][..], &["audit", "room", &room.id, "--json"]] {
        let outcome = Outcome::from(world.command(form).output().expect("it ends"));
        assert_eq!(outcome.code, 1, "{outcome:?}");
        assert!(outcome.stdout.contains("not what was recorded"), "{outcome:?}");
    }
    let [file, backup] = ["room.jsonl", "backup"].map(|name| world.data().join(name).to_string_lossy().into_owned());
    for (command, told) in [
        (&["audit", "room", &room.id, "--export", &file][..], "BROKEN"),
        (&["verify", "timeline"], "not what was recorded"),
        (&["backup", &backup], "not what was recorded"),
    ] {
        let outcome = Outcome::from(world.command(command).output().expect("it ends"));
        assert_eq!(outcome.code, 1, "{outcome:?}");
        assert!(format!("{}{}", outcome.stdout, outcome.stderr).contains(told), "{outcome:?}");
    }
}

#[tokio::test]
async fn an_audit_is_not_exported_over_another_file() {
    if world::is_distributed() {
        return world::skipped("it harms files of the embedded mode");
    }
    let (world, _, room) = filled().await;
    let store = world.data().join("events.db");
    let before = std::fs::read(&store).expect("the store");
    let outcome = world.run(["audit", "room", &room.id, "--export", &store.to_string_lossy()]).await;
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("events.db"), "{outcome:?}");
    assert_eq!(std::fs::read(&store).expect("the store"), before);
}
