//! The files of one process and of the next.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use command_side::ports::{Append as _, AppendError, History as _, NewSession, Sessions as _};
use domain::SessionId;
use infra::adapters::event_store::{SqliteEventStore, SqliteLog};
use projections::ports::{Checkpoint, Log as _};
use query_side::ports::Sessions as _;
use uuid::Uuid;

use super::super::given::{item, somebody, stream};
use super::{Folder, open_sessions};

#[tokio::test]
async fn what_was_appended_is_there_at_the_next_start() {
    let (folder, stream) = (Folder::new(), stream());
    for version in 0..3 {
        let store = folder.store().await;
        let answers = store.append(&[item(stream, version, 1)]).await.expect("the store is there");
        assert_eq!(answers[0].as_ref().map(|appended| appended.position), Ok(version + 1));
        // One start in three follows a clean end.
        if version == 1 {
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_store_is_read_beside_the_one_that_serves_and_after_it_has_ended() {
    let (folder, stream) = (Folder::new(), stream());
    let store = folder.store().await;
    let beside = folder.beside().await;
    store.append(&[item(stream, 0, 1)]).await.expect("the store is there");
    assert_eq!(beside.after(stream, 0).await.expect("it is read").len(), 1);
    store.close().await;
    drop((store, beside));
    let beside = folder.beside().await;
    assert_eq!(beside.after(stream, 0).await.expect("it is read").len(), 1);
}

#[tokio::test]
async fn what_a_killed_process_left_is_read_and_gone_on_with() {
    let (folder, left, stream) = (Folder::new(), Folder::new(), stream());
    let store = folder.store().await;
    store.append(&[item(stream, 0, 3)]).await.expect("the store is there");
    // As a kill leaves them: what was committed stands in the write-ahead log, and nobody has tidied up.
    for name in ["events.db", "events.db-wal"] {
        std::fs::copy(folder.0.path().join(name), left.0.path().join(name)).expect("copied");
    }
    assert_eq!(left.beside().await.after(stream, 0).await.expect("it is read").len(), 3);
    let answers = left.store().await.append(&[item(stream, 3, 1)]).await.expect("the store is there");
    assert_eq!(answers[0].as_ref().map(|appended| appended.position), Ok(4));
}

#[tokio::test]
async fn nothing_is_written_beside_the_process_that_serves() {
    let folder = Folder::new();
    folder.store().await;
    let beside = folder.beside().await;
    let refused = beside.append(&[item(stream(), 0, 1)]).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    let missing = SqliteEventStore::open_beside(&folder.events().with_extension("none")).await;
    assert!(missing.is_err(), "nothing is made");
}

#[tokio::test]
async fn two_that_write_the_same_file_count_on_from_one_another() {
    let folder = Folder::new();
    let (one, other) = (folder.store().await, folder.store().await);
    let (log, stream) = (SqliteLog::new(one.clone(), folder.vault().await), stream());
    for version in 0..6 {
        let store = if version % 2 == 0 { &one } else { &other };
        let answers = store.append(&[item(stream, version, 1)]).await.expect("the store is there");
        assert_eq!(answers[0].as_ref().map(|appended| appended.position), Ok(version + 1));
    }
    let batch = log.read(0, Checkpoint::default(), 9, Duration::from_secs(3)).await.expect("no hole");
    let mut seen: Vec<_> = batch.entries.iter().map(projections::ports::Entry::position).collect();
    let more = log.read(0, batch.end, 9, Duration::from_secs(3)).await.expect("no hole");
    seen.extend(more.entries.iter().map(projections::ports::Entry::position));
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn sessions_that_ended_lately_are_known_at_the_next_start() {
    let (folder, user, id) = (Folder::new(), somebody(), SessionId(Uuid::now_v7()));
    let (sessions, _) = open_sessions(folder.store().await).await;
    let created_at = domain::Timestamp(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap());
    sessions.open(NewSession { id, user, created_at, user_agent: None }).await.expect("the store is there");
    sessions.end(user, id).await.expect("the store is there");
    let (_, ended) = open_sessions(folder.store().await).await;
    assert!(ended.is_ended(id));
    // None of its tokens is good any more after 15 minutes: then it need not be known.
    folder.harm("UPDATE sessions SET ended_at = ended_at - 901000").await;
    let (_, ended) = open_sessions(folder.store().await).await;
    assert!(!ended.is_ended(id));
}

#[tokio::test]
async fn nobody_else_can_read_the_files() {
    let folder = Folder::new();
    let store = folder.store().await;
    folder.vault().await;
    store.append(&[item(stream(), 0, 1)]).await.expect("the store is there");
    for file in std::fs::read_dir(folder.0.path()).expect("the folder") {
        let file = file.expect("a file");
        let mode = file.metadata().expect("its mode").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
}
