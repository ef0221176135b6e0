//! The log as it lies on disk, read past the server.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Row as _};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use world::World;

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

/// Opens the event store.
pub(super) async fn events(world: &World) -> SqliteConnection {
    open(&world.data().join("events.db")).await
}

/// Positions and versions without holes or repetitions; the number of events.
pub(super) async fn has_no_holes(world: &World) -> i64 {
    let mut store = events(world).await;
    let rows = sqlx::query("SELECT position, aggregate_type, aggregate_id, sequence FROM events ORDER BY position")
        .fetch_all(&mut store)
        .await
        .expect("the events");
    let mut versions: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let position: i64 = row.get("position");
        assert_eq!(position, i64::try_from(index).expect("a count") + 1, "a hole in the log");
        let stream = (row.get("aggregate_type"), row.get("aggregate_id"));
        let last = versions.entry(stream.clone()).or_default();
        *last += 1;
        assert_eq!(row.get::<i64, _>("sequence"), *last, "a hole in {stream:?} at position {position}");
    }
    i64::try_from(rows.len()).expect("a count")
}

/// How many events of this type a stream has.
pub(super) async fn count(world: &World, event_type: &str) -> i64 {
    let mut store = events(world).await;
    sqlx::query_scalar("SELECT count(*) FROM events WHERE event_type = ?")
        .bind(event_type)
        .fetch_one(&mut store)
        .await
        .expect("a count")
}

/// All streams: what `audit` calls their kinds, and their ids.
pub(super) async fn streams(world: &World) -> Vec<(String, String)> {
    let mut store = events(world).await;
    let rows = sqlx::query("SELECT DISTINCT aggregate_type, aggregate_id FROM events");
    let rows = rows.fetch_all(&mut store).await.expect("the streams");
    let kind = |kind: String| if kind == "ReadCursor" { "read-cursor".to_owned() } else { kind.to_lowercase() };
    rows.into_iter().map(|row| (kind(row.get("aggregate_type")), row.get("aggregate_id"))).collect()
}
