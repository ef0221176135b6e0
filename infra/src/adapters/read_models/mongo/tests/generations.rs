use std::time::Instant;

use mongodb::bson::doc;
use projections::ports::{CommitError, ReadModel as _, Succession as _, SwitchError};
use projections::timeline::Timeline;

use super::super::writer::Writer;
use super::super::{MongoSuccession, schema};
use super::*;
use crate::adapters::read_models::given::contract::commit;
use crate::adapters::read_models::given::history::{room, talk};

#[tokio::test]
async fn the_first_generation_is_made_and_found_again() {
    let Some(home) = Home::new() else { return };
    for migrate in [Migrate::Run, Migrate::Run, Migrate::Check] {
        let timeline = MongoTimeline::connect(&home.url(), "the store", migrate).await.expect("a timeline");
        assert_eq!(timeline.live().number, 1);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_what_to_do() {
    let Some(home) = Home::new() else { return };
    let open = async |identity, migrate| match MongoTimeline::connect(&home.url(), identity, migrate).await {
        Ok(_) => panic!("it opens"),
        Err(error) => error.to_string(),
    };
    assert!(open("the store", Migrate::Check).await.contains("run `bigtech-chat migrate`"));
    let timeline = home.timeline().await;
    let other = open("another store", Migrate::Run).await;
    assert!(other.contains("another event store (the store, this one is another store)"), "{other}");
    let newer = doc! { "$set": { "schema": 99_i64 } };
    timeline.registry().entries().update_one(doc! {}, newer).await.expect("an update");
    for migrate in [Migrate::Run, Migrate::Check] {
        let refused = open("the store", migrate).await;
        assert!(refused.contains(&format!("newer release (99, this one knows {})", schema::VERSION)), "{refused}");
    }
    let nameless = MongoTimeline::connect(&home.server, "the store", Migrate::Run).await.err().expect("refused");
    assert!(nameless.to_string().contains("names no database"));
}

#[tokio::test]
async fn another_process_sees_what_is_applied_and_follows_a_switch() {
    let Some(home) = Home::new() else { return };
    let events = talk(room(0), 9);
    let (here, there) = (home.timeline().await, home.timeline().await);
    MongoLive::new(here.clone()).commit(commit::<Timeline>(&events)).await.expect("a commit");
    passed(&there, 10).await;
    let succession = MongoSuccession::new(here.clone()).await.expect("a succession");
    succession.building().await.expect("a generation");
    succession.settle().await.expect("settled");
    succession.fence(Duration::from_secs(10)).await.expect("a fence");
    assert_eq!(succession.switch().await, Ok(2));
    assert_eq!(here.live().number, 2, "at once where it was made");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(there.live().number, 2);
}

#[tokio::test]
async fn a_fence_that_nobody_lifts_ends_by_itself() {
    let Some(home) = Home::new() else { return };
    let (events, timeline) = (talk(room(0), 9), home.timeline().await);
    let live = MongoLive::new(timeline.clone());
    let succession = MongoSuccession::new(timeline.clone()).await.expect("a succession");
    let began = Instant::now();
    let stands = succession.fence(Duration::from_millis(700)).await.expect("a fence");
    assert!(stands.is_empty());
    drop(succession);
    while live.commit(commit::<Timeline>(&events)).await == Err(CommitError::Moved(0)) {}
    let took = began.elapsed();
    assert!((Duration::from_millis(650)..Duration::from_secs(3)).contains(&took), "{took:?}");
    assert_eq!(live.checkpoint(0).await.expect("a checkpoint").position, 10);
}

#[tokio::test]
async fn without_a_fence_that_holds_nothing_is_switched() {
    let Some(home) = Home::new() else { return };
    let timeline = home.timeline().await;
    let succession = MongoSuccession::new(timeline.clone()).await.expect("a succession");
    succession.building().await.expect("a generation");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    succession.fence(Duration::ZERO).await.expect("a fence");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    succession.fence(Duration::from_secs(9)).await.expect("a fence");
    succession.unfence().await.expect("no fence");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    assert_eq!(timeline.live().number, 1);
}

#[tokio::test]
async fn a_late_writer_moves_nothing_in_a_fenced_or_retired_generation() {
    let Some(home) = Home::new() else { return };
    let (events, timeline) = (talk(room(0), 9), home.timeline().await);
    let sleeper = Writer::live(&timeline.live());
    let succession = MongoSuccession::new(timeline.clone()).await.expect("a succession");
    succession.building().await.expect("a generation");
    succession.fence(Duration::from_millis(800)).await.expect("a fence");
    assert_eq!(sleeper.commit(commit::<Timeline>(&events)).await, Err(CommitError::Moved(0)));
    succession.switch().await.expect("a switch");
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(sleeper.commit(commit::<Timeline>(&events)).await, Err(CommitError::Moved(0)));
    let messages = timeline.live().database.collection::<mongodb::bson::Document>("messages");
    assert_eq!(messages.count_documents(doc! {}).await.expect("a count"), 0);
}

#[tokio::test]
async fn a_retired_generation_is_dropped_when_it_is_due() {
    let Some(home) = Home::new() else { return };
    let timeline = home.timeline().await;
    let old = timeline.live();
    MongoLive::new(timeline.clone()).commit(commit::<Timeline>(&talk(room(0), 9))).await.expect("a commit");
    let succession = MongoSuccession::new(timeline.clone()).await.expect("a succession");
    succession.building().await.expect("a generation");
    succession.fence(Duration::from_secs(9)).await.expect("a fence");
    succession.switch().await.expect("a switch");
    timeline.keep_up().await.expect("nothing to drop");
    let count = async || old.database.list_collection_names().await.expect("collections").len();
    assert!(count().await > 0);
    let long_ago = doc! { "$set": { "retired.0.since": mongodb::bson::DateTime::from_millis(0) } };
    timeline.registry().entries().update_one(doc! {}, long_ago).await.expect("an update");
    timeline.keep_up().await.expect("dropped");
    assert_eq!(count().await, 0);
    // A writer that was asleep makes it again; whoever builds the next one drops it.
    let messages = old.database.collection("messages");
    messages.insert_one(doc! { "late": true }).await.expect("an insert");
    succession.building().await.expect("a generation");
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn one_rebuild_runs_at_a_time_and_a_dead_one_is_taken_over() {
    let Some(home) = Home::new() else { return };
    let timeline = home.timeline().await;
    let first = MongoSuccession::new(timeline.clone()).await.expect("a succession");
    let second = MongoSuccession::new(timeline.clone()).await;
    assert!(second.is_err_and(|error| error.0.contains("another rebuild")));
    drop(first);
    MongoSuccession::new(timeline.clone()).await.expect("a succession");
    // As a process leaves it that is killed.
    let mine = doc! { "$set": { "leases.rebuild": { "holder": "the dead", "until": mongodb::bson::DateTime::from_millis(
    mongodb::bson::DateTime::now().timestamp_millis() + 2_000) } } };
    timeline.registry().entries().update_one(doc! {}, mine).await.expect("an update");
    MongoSuccession::new(timeline).await.expect("a succession");
}

#[tokio::test]
async fn what_another_release_began_is_not_gone_on_with() {
    let Some(home) = Home::new() else { return };
    let (events, timeline) = (talk(room(0), 9), home.timeline().await);
    let succession = MongoSuccession::new(timeline.clone()).await.expect("a succession");
    let building = succession.building().await.expect("a generation");
    building.commit(commit::<Timeline>(&events)).await.expect("a commit");
    let again = succession.building().await.expect("a generation");
    assert_eq!(again.checkpoint(0).await.expect("a checkpoint").position, 10);
    let older = doc! { "$set": { "building.maker": "another" } };
    timeline.registry().entries().update_one(doc! {}, older).await.expect("an update");
    let anew = succession.building().await.expect("a generation");
    assert_eq!(anew.checkpoint(0).await.expect("a checkpoint").position, 0);
}
