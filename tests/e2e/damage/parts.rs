//! Keys, secrets and events that do not belong together: nothing is made anew, and no command goes on with them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{filled, refused};
use world::{Outcome, Person, World};

/// What is gone, and what lies in its place.
struct Harm {
    /// The beginning of the names of its files in the data folder.
    part: &'static str,
    /// What is said of it.
    said: &'static str,
    /// A file of another server.
    instead: Option<PathBuf>,
}

/// Moves the files whose names begin with `part` from one folder to another.
fn take(part: &str, from: &Path, to: &Path) {
    let part = Path::new(part);
    let (from, to) = (from.join(part.parent().expect("a folder")), to.join(part.parent().expect("a folder")));
    fs::create_dir_all(&to).expect("a folder");
    for entry in fs::read_dir(&from).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        if name.to_string_lossy().starts_with(&*part.file_name().expect("a name").to_string_lossy()) {
            fs::rename(from.join(&name), to.join(&name)).expect("moved");
        }
    }
}

/// Every command that opens the stores, but `serve`.
fn commands(user: &Person, backup: &Path) -> Vec<Vec<String>> {
    let backup = backup.to_str().expect("UTF-8");
    let all: [&[&str]; 8] = [
        &["backup", backup],
        &["rebuild", "timeline"],
        &["verify", "timeline"],
        &["verify", "directory"],
        &["adopt"],
        &["adopt", "--yes"],
        &["migrate"],
        &["audit", "user", &user.id],
    ];
    all.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect()
}

/// That each command refuses, in these words, and that nothing is in the place of what is lost.
fn all_refuse(world: &World, user: &Person, harm: &Harm) {
    let backup = world.data().with_file_name("backup");
    for words in commands(user, &backup) {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let outcome = Outcome::from(world.command(&words).output().expect("it ends"));
        assert_eq!(outcome.code, 1, "{words:?}: {outcome:?}");
        assert!(outcome.stderr.contains(harm.said) && outcome.stderr.contains("put it back"), "{words:?}: {outcome:?}");
        assert!(!backup.exists(), "{words:?}");
        assert_eq!(world.data().join(harm.part).exists(), harm.instead.is_some(), "{words:?}");
    }
}

async fn nobody_goes_on(harm: &Harm) {
    let (world, ann, room) = filled().await;
    let aside = world.data().with_file_name("aside");
    take(harm.part, &world.data(), &aside);
    if let Some(other) = &harm.instead {
        fs::copy(other, world.data().join(harm.part)).expect("copied");
    }
    // Before a server was refused, and after it.
    all_refuse(&world, &ann, harm);
    let outcome = refused(&world);
    assert!(format!("{}{}", outcome.stdout, outcome.stderr).contains(harm.said), "{outcome:?}");
    all_refuse(&world, &ann, harm);

    take(harm.part, &world.data(), &world.data().with_file_name("strange"));
    take(harm.part, &aside, &world.data());
    world.restart().await;
    assert_eq!(ann.reconnected().contents(&room).await.len(), 20, "nothing was harmed by what was refused");
}

const KEYS: &str = "keys.db is missing or another's";
const SECRETS: &str = "secrets/digest.key is missing or another's";

#[tokio::test]
async fn what_is_lost_is_not_made_anew_and_no_command_goes_on_without_it() {
    if world::is_distributed() {
        return world::skipped("it harms files of the embedded mode");
    }
    let events = "events.db is missing or another's";
    for (part, said) in [("keys.db", KEYS), ("events.db", events), ("secrets/digest.key", SECRETS)] {
        nobody_goes_on(&Harm { part, said, instead: None }).await;
    }
}

#[tokio::test]
async fn no_command_goes_on_with_what_is_another_servers() {
    if world::is_distributed() {
        return world::skipped("it harms files of the embedded mode");
    }
    let (other, ..) = filled().await;
    for (part, said) in [("keys.db", KEYS), ("secrets/digest.key", SECRETS)] {
        nobody_goes_on(&Harm { part, said, instead: Some(other.data().join(part)) }).await;
    }
}

#[tokio::test]
async fn events_and_keys_that_are_both_lost_are_not_begun_anew_beside_read_models() {
    if world::is_distributed() {
        return world::skipped("it harms files of the embedded mode");
    }
    let (world, ann, _) = filled().await;
    let aside = world.data().with_file_name("aside");
    ["events.db", "keys.db"].iter().for_each(|part| take(part, &world.data(), &aside));
    let harm = Harm { part: "events.db", said: "events.db is missing", instead: None };
    refused(&world);
    all_refuse(&world, &ann, &harm);
}
