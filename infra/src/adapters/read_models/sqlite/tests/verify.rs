use std::sync::Arc;

use domain::RoomId;
use projections::timeline::Timeline;
use projections::verify::{Verdict, verify};

use crate::adapters::partitions::THE_STORE;

use super::super::SqliteVerification;
use super::*;
use crate::adapters::read_models::given::history::{everything, room, user};

/// A live timeline in which everything is applied.
async fn live(folder: &Folder, log: &Arc<MemoryLog>) -> Arc<Generations> {
    let generations = folder.timeline().await;
    let running = Running::start(log, &generations);
    passed(&generations, log.len()).await;
    running.end().await;
    generations
}

async fn verdict(log: &Arc<MemoryLog>, generations: &Arc<Generations>) -> Verdict {
    let verification = SqliteVerification::new(generations.clone()).await.expect("a verification");
    verify::<Timeline>(log.clone(), |_| THE_STORE, &verification, &mut |_| {}).await.expect("a verdict")
}

fn hex(id: RoomId) -> String {
    format!("x'{}'", id.0.simple())
}

#[tokio::test]
async fn a_model_that_is_what_the_log_says_is_equal_and_the_scratch_is_gone() {
    let (folder, log) = (Folder::new(), MemoryLog::of(everything(900)));
    let generations = live(&folder, &log).await;
    let verdict = verdict(&log, &generations).await;
    assert!(verdict.is_equal() && verdict.differences.is_empty(), "{verdict:?}");
    assert_eq!(verdict.position, 900);
    assert!(verdict.keys >= 4 && verdict.rows > 500, "{verdict:?}");
    let left = std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("verify.db")));
}

#[tokio::test]
async fn a_row_that_somebody_changed_is_named_with_its_table_and_room() {
    let (folder, log) = (Folder::new(), MemoryLog::of(everything(900)));
    let generations = live(&folder, &log).await;
    let tampered = format!("UPDATE messages SET content = 'tampered' WHERE room_id = {} AND number = 7", hex(room(2)));
    assert_eq!(tamper(generations.live().path(), &tampered).await, 1);
    let verdict = verdict(&log, &generations).await;
    let found: Vec<_> = verdict.differences.iter().map(|found| (found.table, RoomId(found.key))).collect();
    assert_eq!((verdict.differing, found), (1, vec![("messages", room(2))]));
}

#[tokio::test]
async fn rows_that_are_missing_or_too_many_are_named() {
    let (folder, log) = (Folder::new(), MemoryLog::of(everything(900)));
    let generations = live(&folder, &log).await;
    let nowhere = room(77);
    let statements = format!(
        "DELETE FROM read_marks WHERE room_id = {}; DELETE FROM rooms WHERE id = {};
         INSERT INTO memberships VALUES ({}, x'{}', 1, NULL)",
        hex(room(0)),
        hex(room(3)),
        hex(nowhere),
        user(1).0.simple(),
    );
    tamper(generations.live().path(), &statements).await;
    let verdict = verdict(&log, &generations).await;
    let found: Vec<_> = verdict.differences.iter().map(|found| (found.table, RoomId(found.key))).collect();
    assert_eq!(found, [("rooms", room(3)), ("memberships", nowhere), ("read_marks", room(0))]);
}

#[tokio::test]
async fn a_live_model_that_is_behind_or_moves_on_is_equal_where_it_stands() {
    let (folder, events) = (Folder::new(), everything(900));
    let log = MemoryLog::of(events[..500].to_vec());
    let generations = live(&folder, &log).await;
    events[500..].iter().for_each(|event| log.append(event.clone()));
    let behind = verdict(&log, &generations).await;
    assert_eq!((behind.is_equal(), behind.position), (true, 500));
    let running = Running::start(&log, &generations);
    for _ in 0..5 {
        assert!(verdict(&log, &generations).await.is_equal());
    }
    running.end().await;
}

#[tokio::test]
async fn a_stream_that_stands_still_is_no_difference() {
    let (folder, events) = (Folder::new(), everything(900));
    let log = MemoryLog::of(events.clone());
    log.garble(300);
    let generations = live(&folder, &log).await;
    // What could not be read then can be read now.
    assert!(verdict(&MemoryLog::of(events), &generations).await.is_equal());
}

#[tokio::test]
async fn a_generation_that_nothing_was_applied_to_is_equal() {
    let folder = Folder::new();
    let verdict = verdict(&MemoryLog::of(everything(10)), &folder.timeline().await).await;
    assert_eq!((verdict.is_equal(), verdict.position, verdict.rows), (true, 0, 0));
}
