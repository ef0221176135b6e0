//! The log as it lies in its store, read past the server.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use world::{World, without_holes};

pub(super) use world::{Stored, events};

/// Opens a database file of a data folder.
pub(super) async fn open(file: &Path) -> SqliteConnection {
    assert!(file.exists(), "{} is missing", file.display());
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10));
    options.connect().await.expect("a database file")
}

/// The database files of a read model: one a generation.
pub(super) fn models(world: &World, name: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![world.data()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains(name) && text.ends_with(".db") {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "no files of {name}");
    files
}

/// Does to the events what nobody should be able to.
pub(super) async fn harm(world: &World, sql: &str) {
    if let Some(premises) = world.premises() {
        let mut store = PgConnection::connect(&premises.postgres("events")).await.expect("PostgreSQL answers");
        sqlx::query(sql).execute(&mut store).await.expect("harm is done");
        return;
    }
    let mut store = open(&world.data().join("events.db")).await;
    sqlx::query(sql).execute(&mut store).await.expect("harm is done");
}

/// Positions and versions without holes or repetitions; the number of events.
pub(crate) async fn has_no_holes(world: &World) -> i64 {
    without_holes(&events(world).await).expect("no holes")
}

/// How many events of this type there are.
pub(crate) async fn count(world: &World, event_type: &str) -> i64 {
    let all = events(world).await.into_iter().filter(|event| event.event_type == event_type).count();
    i64::try_from(all).expect("a count")
}

/// All streams: what `audit` calls their kinds, and their ids.
pub(super) async fn streams(world: &World) -> BTreeSet<(String, String)> {
    let kind = |kind: String| if kind == "ReadCursor" { "read-cursor".to_owned() } else { kind.to_lowercase() };
    events(world).await.into_iter().map(|event| (kind(event.kind), event.id)).collect()
}
