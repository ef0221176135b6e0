use std::sync::Arc;
use std::time::{Duration, Instant};

use projections::ports::{CommitError, ReadModel as _, Succession as _, SwitchError};
use projections::timeline::{Timeline, TimelineChange};

use super::super::file::Purpose;
use super::super::writer::Writer;
use super::super::{LiveModel, Model, SqliteSuccession, checkpoints};
use super::*;
use crate::adapters::read_models::given::contract::commit;
use crate::adapters::read_models::given::history::{room, talk};

#[tokio::test]
async fn the_first_generation_is_made_and_found_again() {
    let folder = Folder::new();
    for _ in 0..2 {
        let live = folder.timeline().await.live();
        assert_eq!((live.number, *live.applied.borrow()), (1, 0));
    }
    assert!(folder.path().join("timeline.1.db").exists());
    let directory = Generations::open(folder.path(), Model::Directory).await.expect("generations");
    assert_eq!(directory.live().number, 1);
}

#[tokio::test]
async fn what_is_committed_can_be_read_when_it_is_applied() {
    let (folder, events) = (Folder::new(), talk(room(0), 9));
    let generations = folder.timeline().await;
    let live = LiveModel::<TimelineChange>::new(generations.clone());
    live.checkpoint(0).await.expect("a checkpoint");
    let generation = generations.live();
    let mut applied = generation.applied.clone();
    let reading = tokio::spawn(async move {
        applied.wait_for(|position| *position >= 10).await.expect("a generation");
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM messages").fetch_one(&generation.reader);
        count.await.expect("a count")
    });
    live.commit(commit::<Timeline>(&events)).await.expect("a commit");
    assert_eq!(reading.await.expect("read"), 9);
}

#[tokio::test]
async fn somebody_who_waits_is_noticed() {
    let folder = Folder::new();
    let generations = folder.timeline().await;
    let live = LiveModel::<TimelineChange>::new(generations.clone());
    assert!(!live.is_awaited());
    let waiting = generations.live().applied.clone();
    assert!(live.is_awaited());
    drop(waiting);
    assert!(!live.is_awaited());
}

#[tokio::test]
async fn another_process_sees_what_is_applied_and_follows_a_switch() {
    let (folder, events) = (Folder::new(), talk(room(0), 9));
    let (here, there) = (folder.timeline().await, folder.timeline().await);
    let live = LiveModel::<TimelineChange>::new(here.clone());
    live.checkpoint(0).await.expect("a checkpoint");
    live.commit(commit::<Timeline>(&events)).await.expect("a commit");
    passed(&there, 10).await;
    let succession = SqliteSuccession::<TimelineChange>::new(here.clone()).expect("a succession");
    succession.building().await.expect("a generation");
    succession.fence(Duration::from_secs(10)).await.expect("a fence");
    assert_eq!(succession.switch().await, Ok(2));
    assert_eq!(here.live().number, 2, "at once where it was made");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(there.live().number, 2);
}

#[tokio::test]
async fn a_fence_that_nobody_lifts_ends_by_itself() {
    let (folder, events) = (Folder::new(), talk(room(0), 9));
    let generations = folder.timeline().await;
    let live = LiveModel::<TimelineChange>::new(generations.clone());
    live.checkpoint(0).await.expect("a checkpoint");
    let succession = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
    let began = Instant::now();
    succession.fence(Duration::from_millis(700)).await.expect("a fence");
    drop(succession);
    while live.commit(commit::<Timeline>(&events)).await == Err(CommitError::Moved(0)) {}
    let took = began.elapsed();
    assert!((Duration::from_millis(690)..Duration::from_secs(3)).contains(&took), "{took:?}");
    assert_eq!(live.checkpoint(0).await.expect("a checkpoint").position, 10);
}

#[tokio::test]
async fn without_a_fence_that_holds_nothing_is_switched() {
    let folder = Folder::new();
    let generations = folder.timeline().await;
    let succession = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
    succession.building().await.expect("a generation");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    succession.fence(Duration::ZERO).await.expect("a fence");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    succession.fence(Duration::from_secs(9)).await.expect("a fence");
    succession.unfence().await.expect("no fence");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    assert_eq!(generations.live().number, 1);
}

#[tokio::test]
async fn nobody_writes_to_a_generation_that_is_retired() {
    let (folder, events) = (Folder::new(), talk(room(0), 9));
    let generations = folder.timeline().await;
    let old = generations.live();
    let sleeper = Writer::<TimelineChange>::new(old.path().clone(), Purpose::Live, old.raised());
    sleeper.checkpoint(0).await.expect("a checkpoint");
    let succession = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
    succession.building().await.expect("a generation");
    succession.fence(Duration::from_millis(500)).await.expect("a fence");
    succession.switch().await.expect("a switch");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(sleeper.commit(commit::<Timeline>(&events)).await, Err(CommitError::Moved(0)));
}

#[tokio::test]
async fn a_retired_generation_is_read_on_and_deleted_when_it_is_due() {
    let folder = Folder::new();
    let generations = folder.timeline().await;
    let old = generations.live();
    let succession = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
    succession.building().await.expect("a generation");
    succession.fence(Duration::from_secs(9)).await.expect("a fence");
    succession.switch().await.expect("a switch");
    generations.drop_retired().await.expect("nothing to drop");
    assert!(old.path().exists());
    let mut reading = old.reader.acquire().await.expect("a reader");
    tamper(&folder.path().join("models.db"), "UPDATE generations SET since = 0 WHERE state = 'retired'").await;
    generations.drop_retired().await.expect("dropped");
    assert!(!old.path().exists() && generations.live().path().exists());
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM rooms").fetch_one(&mut *reading);
    assert_eq!(count.await.expect("it is read on"), 0);
}

#[tokio::test]
async fn one_rebuild_of_a_model_runs_at_a_time() {
    let folder = Folder::new();
    let generations = folder.timeline().await;
    let first = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
    let second = SqliteSuccession::<TimelineChange>::new(generations.clone());
    assert!(second.is_err_and(|error| error.0.contains("another rebuild")));
    drop(first);
    SqliteSuccession::<TimelineChange>::new(generations).expect("a succession");
}

#[tokio::test]
async fn what_another_release_or_run_of_the_machine_began_is_not_gone_on_with() {
    let (folder, events) = (Folder::new(), talk(room(0), 9));
    let generations = folder.timeline().await;
    for (maker, position) in [("maker", 10), ("'another'", 0)] {
        let succession = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
        let building = succession.building().await.expect("a generation");
        if building.checkpoint(0).await.expect("a checkpoint").position == 0 {
            building.commit(commit::<Timeline>(&events)).await.expect("a commit");
        }
        let statement = format!("UPDATE generations SET maker = {maker} WHERE state = 'building'");
        tamper(&folder.path().join("models.db"), &statement).await;
        let again = succession.building().await.expect("a generation");
        assert_eq!(again.checkpoint(0).await.expect("a checkpoint").position, position, "{maker}");
    }
}

#[tokio::test]
async fn a_fence_says_where_the_live_generation_stands() {
    let (folder, events) = (Folder::new(), talk(room(0), 9));
    let generations = folder.timeline().await;
    let live = Arc::new(LiveModel::<TimelineChange>::new(generations.clone()));
    live.checkpoint(0).await.expect("a checkpoint");
    live.commit(commit::<Timeline>(&events)).await.expect("a commit");
    let succession = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
    let stands = succession.fence(Duration::from_secs(5)).await.expect("a fence");
    assert_eq!(stands.iter().map(|(partition, at)| (*partition, at.position)).collect::<Vec<_>>(), [(0, 10)]);
    let mut file = super::super::file::read_alone(generations.live().path()).await.expect("a file");
    assert!(checkpoints::is_fenced(&mut file).await.expect("read"));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_with_what_to_do() {
    let folder = Folder::new();
    folder.timeline().await;
    let path = folder.path().join("timeline.1.db");
    std::fs::write(&path, "nonsense ".repeat(1_000)).expect("written");
    let error = Generations::open(folder.path(), Model::Timeline).await.err().expect("it can not be opened");
    let told = error.to_string();
    assert!(told.contains("timeline.1.db") && told.contains("can be deleted"), "{told}");
    std::fs::remove_file(path).expect("deleted");
    assert_eq!(folder.timeline().await.live().number, 1);
}
