//! Backups of the data folder, taken while people write, and what is made of them.

mod ended;
mod folders;
mod manifests;
mod older;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use world::{Outcome, PASSWORD, Person, Room, World};

/// Whether there is a folder to back up; if not, that is said aloud.
fn has_folder() -> bool {
    if world::is_distributed() {
        world::skipped("it is about the data folder of the embedded mode");
    }
    !world::is_distributed()
}

fn scratch() -> TempDir {
    tempfile::Builder::new().prefix("chat-backup-").tempdir().expect("a temporary folder")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Asks for a backup to be put into `data`; the outcome.
fn restored(backup: &Path, data: &Path) -> Outcome {
    restoring(backup, data).output().expect("it ends").into()
}

fn restoring(backup: &Path, data: &Path) -> Command {
    let mut command = Command::new(world::binary());
    command.args(["restore", text(backup), "--data", text(data)]).env_remove("CHAT_SECRETS");
    command
}

/// A server on what was restored into `folder/data`.
async fn opened(folder: &Path) -> World {
    World::options().in_folder(folder.to_owned()).start().await
}

async fn image(who: &Person) -> String {
    let mut png = std::io::Cursor::new(vec![]);
    let picture = image::RgbImage::from_pixel(300, 200, image::Rgb([9, 80, 160]));
    picture.write_to(&mut png, image::ImageFormat::Png).expect("written");
    let part = reqwest::multipart::Part::bytes(png.into_inner()).file_name("me.png");
    let form = reqwest::multipart::Form::new().part("image", part);
    who.call(reqwest::Method::PUT, "/api/profile/image").parts(form).await.is(200).str("image_url").to_owned()
}

/// Sends until it is told to stop.
struct Writing {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    sending: JoinHandle<()>,
}

impl Writing {
    fn begin(who: &Person, room: &Room) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, count, who, room) = (stop.clone(), sent.clone(), who.reconnected(), room.clone());
        let sending = tokio::spawn(async move {
            while !stopped.load(Ordering::Relaxed) {
                who.send(&room, "meanwhile").await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { stop, sent, sending }
    }

    fn acknowledged(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many were sent in all.
    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.sending.await.expect("no panic");
        self.sent.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_a_backup_began_is_served_where_it_is_restored() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (room, other) = (ann.direct(&bob).await, ann.group("Busy", &[&bob]).await);
    let url = image(&ann).await;
    let writing = Writing::begin(&bob, &other);
    ann.send_all(&room, (0..60).map(|n| format!("before {n}"))).await;

    let (backup, keys) = (folder.path().join("backup"), folder.path().join("vault"));
    let before = writing.acknowledged();
    let made = world.run(["backup", text(&backup), "--keys-to", text(&keys), "--json"]).await.succeeded().json();
    ann.send(&room, "after").await;
    let sent = writing.end().await;
    assert!(made["parts"][0]["log"]["position"].as_u64().is_some_and(|position| position > 60), "{made}");
    assert!(!backup.join("keys").exists());

    let data = folder.path().join("data");
    let put = restoring(&backup, &data).args(["--keys-from", text(&keys)]).output().expect("it ends");
    Outcome::from(put).succeeded();
    let again = opened(folder.path()).await;
    let login = json!({ "email": ann.email, "password": PASSWORD });
    let token = again.anyone().post("/api/auth/login", login).await.is(200).str("access_token").to_owned();
    let ann = again.anyone().with_token(&token);
    let shown = ann.get(&format!("{}&limit=100", room.messages())).await.is(200);
    let shown: Vec<_> = shown.list("messages").iter().map(|message| message["content"].clone()).collect();
    assert_eq!(shown, (0..60).map(|n| json!(format!("before {n}"))).collect::<Vec<_>>());
    let kept = ann.get(&format!("{}&limit=1", other.messages())).await.is(200)["total_count"].as_u64();
    assert!(kept.is_some_and(|kept| (before..=sent).contains(&kept)), "{before} <= {kept:?} <= {sent}");
    again.anyone().get(&url).await.is(200);
    for model in ["directory", "timeline"] {
        again.run(["verify", model]).await.succeeded();
    }
    let told = again.run(["adopt"]).await.succeeded();
    assert!(told.stdout.contains("nothing to adopt"), "{told:?}");
    ann.post("/api/messages", json!({ "room_id": room.id, "content": "it goes on" })).await.is(201);
}

/// A backup of a small chat with an image.
async fn small(world: &World, folder: &Path) -> PathBuf {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "hello").await;
    image(&ann).await;
    let backup = folder.join("backup");
    world.run(["backup", text(&backup)]).await.succeeded();
    backup
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_damaged_backup_is_refused_with_the_name_of_the_file_and_nothing_is_written() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let backup = small(&world, folder.path()).await;
    let all = files(&backup);
    assert!(all.len() >= 11, "three manifests, two databases, three secrets, three sizes: {all:?}");
    let data = folder.path().join("data");
    for file in all {
        let whole = std::fs::read(&file).expect("a file");
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        for damaged in [Some(changed), Some(whole[..whole.len() - 1].to_vec()), None] {
            match damaged {
                Some(bytes) => std::fs::write(&file, bytes).expect("written"),
                None => std::fs::remove_file(&file).expect("removed"),
            }
            let refused = restored(&backup, &data);
            assert_eq!(refused.code, 1, "{}: {refused:?}", file.display());
            assert!(refused.stderr.contains(text(&file)), "{}: {refused:?}", file.display());
            assert!(!data.exists(), "{}", file.display());
        }
        std::fs::write(&file, whole).expect("written");
    }
    restored(&backup, &data).succeeded();
}

#[tokio::test]
async fn parts_of_different_stores_are_not_put_together() {
    if !has_folder() {
        return;
    }
    let (one, other, folder) = (World::start().await, World::start().await, scratch());
    let backup = small(&one, folder.path()).await;
    let others = folder.path().join("other");
    other.run(["backup", text(&others)]).await.succeeded();
    let data = folder.path().join("data");
    let mixed = restoring(&backup, &data).args(["--keys-from", text(&others.join("keys"))]).output().expect("it ends");
    let mixed = Outcome::from(mixed);
    assert!(mixed.code == 1 && mixed.stderr.contains("of another event store"), "{mixed:?}");
    assert!(!data.exists());
}

#[tokio::test]
async fn nothing_is_backed_up_or_restored_over_something_else() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let backup = small(&world, folder.path()).await;
    let again = world.run(["backup", text(&backup)]).await;
    assert!(again.code == 1 && again.stderr.contains("is not empty"), "{again:?}");
    let refused = restored(&backup, &world.data());
    assert!(refused.code == 1 && refused.stderr.contains("is not empty"), "{refused:?}");
    let nothing = World::options().begin().await;
    nothing.kill();
    std::fs::remove_dir_all(nothing.data()).ok();
    let empty = nothing.run(["backup", text(&folder.path().join("empty"))]).await;
    assert!(empty.code == 1 && empty.stderr.contains("nothing to back up"), "{empty:?}");
    assert!(!folder.path().join("empty").exists());
}

#[tokio::test]
async fn images_may_be_left_out_and_secrets_may_have_survived() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let backup = small(&world, folder.path()).await;
    std::fs::remove_dir_all(backup.join("images")).expect("removed");
    let data = folder.path().join("data");
    let put = |secrets: &Path| {
        let mut command = restoring(&backup, &data);
        Outcome::from(command.args(["--without-images", "--secrets", text(secrets)]).output().expect("it ends"))
    };
    let strange = folder.path().join("strange");
    std::fs::create_dir(&strange).expect("a folder");
    std::fs::write(strange.join("digest.key"), [7; 32]).expect("written");
    let refused = put(&strange);
    assert!(refused.code == 1 && refused.stderr.contains("digest.key is another"), "{refused:?}");
    assert!(!data.exists());
    put(&world.data().join("secrets")).succeeded();
    assert!(!data.join("secrets").exists() && !data.join("images").exists());
}
