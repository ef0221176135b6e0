//! Records that can not be applied: what they are about stands still, and nothing else.

use std::sync::Arc;

use command_side::ports::{Append as _, Item};
use projections::ports::{After, Log as _, ReadModel as _};
use projections::projector::Projector;
use tempfile::TempDir;
use tokio::sync::watch;

use super::super::given::{item, stream};
use super::model::{Deaf, FileModel, Seeing};
use super::wire::Wire;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_can_not_be_read_parks_its_stream_and_no_other() {
    let Some(mut wire) = Wire::new().await else { return };
    let (sick, folder) = (stream(), TempDir::new().expect("a folder"));
    let mut poisoned = item(sick, 0, 5);
    // Of a release to come.
    poisoned.events[2].raw.event_type = "RoomPainted".to_owned();
    let others: Vec<Item> = (0..10).map(|_| item(stream(), 0, 5)).collect();
    let batch: Vec<Item> = others[..5].iter().cloned().chain([poisoned]).chain(others[5..].iter().cloned()).collect();
    let answers = wire.store.append(&batch).await.expect("the store is there");
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    wire.start();
    let model = Arc::new(FileModel::open(&folder.path().join("model.db")).await);
    let stop = watch::Sender::new(false);
    let projector = Projector::<Seeing>::new(wire.reader(), model.clone(), Arc::new(Deaf));
    let running = tokio::spawn(projector.run(stop.subscribe()));
    let everything = async || (model.count().await >= 52).then_some(());
    world::eventually("everything else is applied", everything).await;
    // What comes later in the parked stream waits behind it; what comes in others does not.
    let later = [item(sick, 5, 2), item(stream(), 0, 2)];
    assert!(wire.store.append(&later).await.expect("the store is there").iter().all(Result::is_ok));
    world::eventually("what came later is applied", async || (model.count().await >= 54).then_some(())).await;
    stop.send_replace(true);
    running.await.expect("no panic").expect("it was told to");
    assert_eq!(model.count().await, 54);
    let parked = model.parked().await.expect("the model is there");
    assert_eq!(parked.iter().map(|one| (one.stream, one.version)).collect::<Vec<_>>(), [(sick, 3)]);
    assert!(parked[0].why.contains("RoomPainted"), "{parked:?}");
    // Whoever tries it again finds it in the one partition in which it lies.
    let (log, mut found) = (wire.reader(), vec![]);
    for partition in log.partitions() {
        let entries =
            log.of_stream(partition, After { stream: sick, version: 2 }, 3).await.expect("the store is there");
        found.extend(entries.iter().map(projections::ports::Entry::version));
    }
    assert_eq!(found, [3, 4, 5]);
    wire.end().await;
}
