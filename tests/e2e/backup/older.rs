//! Parts that were copied before the events, and read models that were not folded yet.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use world::{Outcome, PASSWORD, World, eventually};

use super::{has_folder, image, opened, restored, restoring, scratch, small, text};

async fn backed_up(world: &World, to: PathBuf) -> PathBuf {
    world.run(["backup", text(&to)]).await.succeeded();
    to
}

fn verified(model: &str, data: &Path) -> Outcome {
    let mut command = Command::new(world::binary());
    command.args(["verify", model, "--data", text(data)]).env_remove("CHAT_SECRETS");
    command.output().expect("it ends").into()
}

#[tokio::test]
async fn keys_that_are_older_than_the_events_are_not_restored_unless_people_may_be_lost() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let early = small(&world, folder.path()).await;
    let [cid, dan] = world.people(["cid", "dan"]).await;
    // Whose account was deleted is not missed.
    dan.delete("/api/profile").json(json!({ "password": PASSWORD })).await.is(204);
    let late = backed_up(&world, folder.path().join("late")).await;
    let (data, keys) = (folder.path().join("data"), early.join("keys"));
    let put = |more: &[&str]| {
        let mut command = restoring(&late, &data);
        Outcome::from(command.args(["--keys-from", text(&keys)]).args(more).output().expect("it ends"))
    };
    let refused = put(&[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for said in ["1 people of the events", text(&keys), "or later", "--lose-people"] {
        assert!(refused.stderr.contains(said), "{said}: {refused:?}");
    }
    assert!(!data.exists());

    let warned = put(&["--lose-people"]).succeeded();
    assert!(warned.stderr.contains("warning: 1 people have no key"), "{warned:?}");
    let again = World::options().in_folder(folder.path().to_owned()).begin().await;
    eventually("it is said at start, and which part it is about", async || {
        let ready = again.anyone().get("/health/ready").attempt().await.ok()?;
        let is_told = ready["checks"]["keys"] == "away" && again.log().contains("people have no key");
        (ready.status == 200 && ready["status"] == "ready" && is_told).then_some(())
    })
    .await;
    again.anyone().post("/api/auth/login", json!({ "email": cid.email, "password": PASSWORD })).await.is(200);

    let own = folder.path().join("own");
    let whole = restored(&late, &own.join("data")).succeeded();
    assert!(!whole.stderr.contains("warning"), "{whole:?}");
    let ready = opened(&own).await.anyone().get("/health/ready").await.is(200);
    assert_eq!(ready["checks"]["keys"], "ok", "{}", ready.text);
}

#[tokio::test]
async fn images_that_are_older_than_the_events_are_told_of() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let early = small(&world, folder.path()).await;
    image(&world.person("cid").await).await;
    let late = backed_up(&world, folder.path().join("late")).await;
    let whole = restored(&late, &folder.path().join("whole")).succeeded();
    assert!(!whole.stderr.contains("warning"), "{whole:?}");
    fs::remove_dir_all(late.join("images")).expect("removed");
    fs::rename(early.join("images"), late.join("images")).expect("moved");
    let warned = restored(&late, &folder.path().join("data")).succeeded();
    assert!(warned.stderr.contains("warning: the images of 1 people are missing"), "{warned:?}");
}

#[tokio::test]
async fn a_read_model_that_was_not_folded_yet_is_not_said_to_be_verified() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let backup = small(&world, folder.path()).await;
    let data = folder.path().join("data");
    restored(&backup, &data).succeeded();
    for model in ["timeline", "directory"] {
        let empty = verified(model, &data);
        assert_eq!(empty.code, 1, "{empty:?}");
        assert!(empty.stdout.contains("does not follow"), "{empty:?}");
    }
    let again = opened(folder.path()).await;
    for model in ["timeline", "directory"] {
        again.run(["verify", model]).await.succeeded();
    }
}
