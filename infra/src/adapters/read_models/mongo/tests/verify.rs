use domain::RoomId;
use mongodb::bson::{Document, doc};
use projections::verify::{Verdict, verify};

use super::super::MongoVerification;
use super::super::fields::binary;
use super::*;
use crate::adapters::read_models::given::history::{everything, room, user};

async fn live(home: &Home, log: &Arc<MemoryLog>) -> Arc<MongoTimeline> {
    let timeline = home.timeline().await;
    let running = Running::start(log, &timeline);
    passed(&timeline, log.len()).await;
    running.end().await;
    timeline
}

async fn verdict(log: &Arc<MemoryLog>, timeline: &Arc<MongoTimeline>) -> Verdict {
    let verification = MongoVerification::new(timeline.clone()).await.expect("a verification");
    verify::<Timeline>(log.clone(), |_| 0, &verification, &mut |_| {}).await.expect("a verdict")
}

#[tokio::test]
async fn what_somebody_changed_removed_or_added_is_named_with_its_table_and_room() {
    let Some(home) = Home::new() else { return };
    let log = MemoryLog::of(everything(900));
    let timeline = live(&home, &log).await;
    let equal = verdict(&log, &timeline).await;
    assert!(equal.is_equal() && equal.position == 900 && equal.keys >= 4 && equal.rows > 500, "{equal:?}");
    let (all, nowhere) = (timeline.live().database.clone(), room(77));
    let rows = |name| all.collection::<Document>(name);
    let tampered = doc! { "$set": { "content": "tampered" } };
    rows("messages").update_one(doc! { "room": binary(room(2).0), "number": 7_i64 }, tampered).await.expect("changed");
    rows("rooms").delete_one(doc! { "_id": binary(room(3).0) }).await.expect("removed");
    let member = doc! { "room": binary(nowhere.0), "user": binary(user(1).0), "from": 1_i64 };
    rows("memberships").insert_one(member).await.expect("added");
    rows("read_marks").delete_many(doc! { "room": binary(room(0).0) }).await.expect("removed");
    let found: Vec<_> =
        verdict(&log, &timeline).await.differences.iter().map(|found| (found.table, RoomId(found.key))).collect();
    let expected = [("rooms", room(3)), ("messages", room(2)), ("memberships", nowhere), ("read_marks", room(0))];
    assert_eq!(found, expected);
    let names = timeline.registry().client().list_database_names().await.expect("names");
    assert!(names.iter().all(|name| *name != format!("{}_verify", home.name)));
}

#[tokio::test]
async fn a_live_model_that_is_behind_or_moves_on_is_equal_where_it_stands() {
    let Some(home) = Home::new() else { return };
    let events = everything(2_000);
    let log = MemoryLog::of(events[..500].to_vec());
    let timeline = live(&home, &log).await;
    events[500..].iter().for_each(|event| log.append(event.clone()));
    let behind = verdict(&log, &timeline).await;
    assert_eq!((behind.is_equal(), behind.position), (true, 500));
    let running = Running::start(&log, &timeline);
    for _ in 0..3 {
        let moving = verdict(&log, &timeline).await;
        assert!(moving.is_equal(), "{moving:?}");
    }
    running.end().await;
}

#[tokio::test]
async fn a_stream_that_stands_still_is_no_difference() {
    let Some(home) = Home::new() else { return };
    let events = everything(900);
    let log = MemoryLog::of(events.clone());
    log.garble(300);
    let timeline = live(&home, &log).await;
    // What could not be read then can be read now.
    assert!(verdict(&MemoryLog::of(events.clone()), &timeline).await.is_equal());
    let empty = Home::new().expect("there is a server");
    let nothing = verdict(&MemoryLog::of(everything(10)), &empty.timeline().await).await;
    assert_eq!((nothing.is_equal(), nothing.position, nothing.rows), (true, 0, 0));
}
