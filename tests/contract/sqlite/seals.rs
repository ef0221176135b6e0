//! The seals over the log.

use std::sync::Arc;
use std::time::Duration;

use command_side::ports::Append as _;
use infra::adapters::event_store::{SqliteEventStore, seal_log};
use infra::adapters::seals::{SealCheck, check_seals};
use tokio::time::timeout;

use super::super::given::{item, stream};
use super::Folder;

/// Waits until the log is sealed up to `position`.
async fn sealed(store: &Arc<SqliteEventStore>, position: u64) -> SealCheck {
    let sealing = tokio::spawn(seal_log(store.clone()));
    let check = async {
        loop {
            let check = check_seals(&**store).await.expect("the store is there");
            if check.up_to >= position || check.broken.is_some() {
                return check;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let check = timeout(Duration::from_secs(10), check).await.expect("sealed in time");
    sealing.abort();
    check
}

async fn with_events(count: usize) -> (Folder, Arc<SqliteEventStore>) {
    let folder = Folder::new();
    let store = folder.store().await;
    store.append(&[item(stream(), 0, count)]).await.expect("the store is there");
    (folder, store)
}

#[tokio::test]
async fn the_log_is_sealed_in_pieces_and_goes_on_from_the_last_seal() {
    let (folder, store) = with_events(2500).await;
    assert_eq!(sealed(&store, 2500).await, SealCheck { holding: 3, up_to: 2500, broken: None });
    store.append(&[item(stream(), 0, 1)]).await.expect("the store is there");
    let again = folder.store().await;
    assert_eq!(sealed(&again, 2501).await, SealCheck { holding: 4, up_to: 2501, broken: None });
}

#[tokio::test]
async fn whatever_is_changed_under_a_seal_breaks_it() {
    for harm in [
        "UPDATE events SET hash = zeroblob(32) WHERE position = 1500",
        "DELETE FROM events WHERE position = 1500",
        "UPDATE events SET hash = (SELECT hash FROM events WHERE position = 1501) WHERE position = 1500",
        "UPDATE seals SET hash = zeroblob(32) WHERE up_to = 2000",
        "DELETE FROM events WHERE position > 1999",
    ] {
        let (folder, store) = with_events(2500).await;
        sealed(&store, 2500).await;
        folder.harm(harm).await;
        let check = check_seals(&*store).await.expect("the store is there");
        assert_eq!(check, SealCheck { holding: 1, up_to: 1000, broken: Some(2000) }, "{harm}");
    }
}

#[tokio::test]
async fn a_log_without_seals_is_sealed_from_its_beginning() {
    let (_folder, store) = with_events(1).await;
    assert_eq!(check_seals(&*store).await, Ok(SealCheck::default()));
    assert_eq!(sealed(&store, 1).await, SealCheck { holding: 1, up_to: 1, broken: None });
}
