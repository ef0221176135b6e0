//! Backups and restores that are ended in the middle (`kill -9`).

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use world::World;

use super::{has_folder, restored, restoring, scratch, small, text};

/// Enough to be in the middle of for a while.
const PICTURES: usize = 400;
/// From the first moment to beyond the end.
const MOMENTS: usize = 14;

/// Files that nobody shows, but that are copied.
fn fill(world: &World) {
    let folder = world.data().join("images").join("0".repeat(32));
    std::fs::create_dir_all(&folder).expect("a folder");
    for n in 0..PICTURES {
        std::fs::write(folder.join(format!("{n}.jpg")), n.to_string().repeat(1000)).expect("written");
    }
}

/// Kills `command` after a while; whether it was still at it.
async fn killed(command: &mut Command, after: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    tokio::time::sleep(after).await;
    let ended = child.try_wait().expect("a child").is_some();
    child.kill().ok();
    child.wait().expect("it ends");
    !ended
}

/// How long `command` takes when nobody ends it.
fn timed(command: &mut Command) -> Duration {
    let begun = std::time::Instant::now();
    assert!(command.stdout(Stdio::null()).status().expect("it ends").success());
    begun.elapsed()
}

fn moments(whole: Duration) -> impl Iterator<Item = (usize, Duration)> {
    (0..MOMENTS).map(move |n| (n, whole.mul_f64(n as f64 * 1.1 / MOMENTS as f64)))
}

fn is_whole(backup: &Path) -> bool {
    ["events", "keys", "images"].iter().all(|part| backup.join(part).join("manifest.json").exists())
}

#[tokio::test]
async fn a_backup_that_was_killed_is_whole_or_is_refused() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    fill(&world);
    small(&world, folder.path()).await;
    let whole = timed(&mut world.command(&["backup", text(&folder.path().join("timed"))]));
    let mut in_the_middle = 0;
    for (n, after) in moments(whole) {
        let (backup, data) = (folder.path().join(n.to_string()), folder.path().join(format!("{n}-data")));
        killed(&mut world.command(&["backup", text(&backup)]), after).await;
        in_the_middle += usize::from(backup.exists() && !is_whole(&backup));
        let outcome = restored(&backup, &data);
        assert_eq!(outcome.code == 0, is_whole(&backup), "{after:?}: {outcome:?}");
        assert!(outcome.code == 0 || outcome.stderr.contains("manifest.json is missing"), "{outcome:?}");
        assert_eq!(data.exists(), is_whole(&backup), "{after:?}");
    }
    assert!(in_the_middle >= 3, "killed {in_the_middle} times in the middle of {whole:?}");
}

#[tokio::test]
async fn a_restore_that_was_killed_is_whole_or_is_not_served() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    fill(&world);
    let backup = small(&world, folder.path()).await;
    let whole = timed(&mut restoring(&backup, &folder.path().join("timed")));
    let mut in_the_middle = 0;
    for (n, after) in moments(whole) {
        let house = folder.path().join(n.to_string());
        let data = house.join("data");
        killed(&mut restoring(&backup, &data), after).await;
        let is_whole = data.join("events.db").exists() && !data.join("restoring").exists();
        if !data.exists() || (!data.join("restoring").exists() && !is_whole) {
            // Nothing was written that would be taken for anything.
            assert!(!data.join("keys.db").exists() && !data.join("images").exists(), "{after:?}");
            continue;
        }
        if is_whole {
            World::options().in_folder(house).start().await.run(["verify", "timeline"]).await.succeeded();
            continue;
        }
        in_the_middle += 1;
        let refused = World::options().in_folder(house).begin().await;
        assert_eq!(refused.end().await, 1, "{after:?}: {}", refused.log());
        assert!(refused.log().contains("half of a restore"), "{}", refused.log());
        let again = restored(&backup, &data);
        assert!(again.code == 1 && again.stderr.contains("is not empty"), "{again:?}");
    }
    assert!(in_the_middle >= 3, "killed {in_the_middle} times in the middle of {whole:?}");
}
