//! Damaged files: what is wrong is said, and what is right goes on.

use std::time::Duration;

use command_side::ports::{Append as _, AppendError, History as _, Item};
use infra::adapters::event_store::{SqliteEventStore, SqliteLog};
use projections::ports::{Checkpoint, Log as _, LogError};

use super::super::given::{claim, item, somebody, stream};
use super::Folder;

#[tokio::test]
async fn a_hole_in_the_log_is_said_and_not_read_over() {
    let folder = Folder::new();
    let store = folder.store().await;
    store.append(&[item(stream(), 0, 9)]).await.expect("the store is there");
    folder.harm("DELETE FROM events WHERE position = 5").await;
    let log = SqliteLog::new(folder.beside().await, folder.vault().await);
    let from = |offset| Checkpoint { offset, position: offset, event_id: None };
    let hole = LogError::Hole { expected: 5, found: 6 };
    for offset in [0, 3, 4] {
        let read = log.read(0, from(offset), 100, Duration::ZERO).await;
        assert_eq!(read.map(|batch| batch.entries.len()), Err(hole.clone()), "after {offset}");
    }
    let before = log.read(0, from(0), 4, Duration::ZERO).await.expect("before the hole");
    assert_eq!(before.entries.len(), 4);
    assert_eq!(log.read(0, from(5), 9, Duration::ZERO).await.expect("behind the hole").entries.len(), 4);
}

#[tokio::test]
async fn a_payload_that_is_no_json_ends_neither_the_reader_nor_the_process() {
    let (folder, stream) = (Folder::new(), stream());
    let store = folder.store().await;
    store.append(&[item(stream, 0, 3)]).await.expect("the store is there");
    folder.harm("UPDATE events SET payload = '{' WHERE position = 2").await;
    let damaged = store.after(stream, 0).await.expect_err("it is damaged");
    assert!(damaged.0.contains(&stream.to_string()), "{damaged}");
    assert_eq!(store.after(stream, 2).await.expect("what is whole").len(), 1);
    assert_eq!(store.at(stream, 3).await.expect("what is whole").map(|event| event.version), Some(3));
}

#[tokio::test]
async fn a_file_that_is_no_event_store_is_not_opened() {
    let folder = Folder::new();
    std::fs::write(folder.events(), vec![b'x'; 8192]).expect("written");
    assert!(SqliteEventStore::open(&folder.events()).await.is_err());
    assert!(SqliteEventStore::open_beside(&folder.events()).await.is_err());
    assert_eq!(std::fs::read(folder.events()).expect("read"), vec![b'x'; 8192], "left as it was");
}

#[tokio::test]
async fn what_keeps_a_batch_from_being_written_is_said_and_when_it_is_gone_the_store_goes_on() {
    let (folder, stream) = (Folder::new(), stream());
    let store = folder.store().await;
    store.append(&[item(stream, 0, 1)]).await.expect("the store is there");
    // A table that is gone is the fault of no value.
    folder.harm("ALTER TABLE claims RENAME TO elsewhere").await;
    let away = store.append(&[Item { claims: vec![claim(b'x', somebody())], ..item(stream, 1, 1) }]).await;
    assert!(matches!(away, Err(AppendError::Unavailable(_))), "{away:?}");
    folder.harm("ALTER TABLE elsewhere RENAME TO claims").await;
    assert!(store.append(&[item(stream, 1, 1)]).await.expect("it is back")[0].is_ok());
}
