//! Damaged stores: what is wrong is said, and what is right goes on.

use std::time::Duration;

use command_side::ports::Append as _;
use projections::ports::{Checkpoint, LogError};
use tokio::time::Instant;

use super::super::given::{item, stream};
use super::*;

fn from(offset: u64) -> Checkpoint {
    Checkpoint { offset, position: offset, event_id: None }
}

#[tokio::test]
async fn a_hole_in_the_log_is_said_and_not_read_over() {
    let Some(database) = Database::new().await else { return };
    let store = database.store().await;
    store.append(&[item(stream(), 0, 9)]).await.expect("the store is there");
    on(&database.url(), "DELETE FROM events WHERE position = 5").await;
    let log = PostgresLog::new(database.store().await, database.vault().await);
    let hole = LogError::Hole { expected: 5, found: 6 };
    for offset in [0, 3, 4] {
        let read = log.read(0, from(offset), 100, Duration::ZERO).await;
        assert_eq!(read.map(|batch| batch.entries.len()), Err(hole.clone()), "after {offset}");
    }
    let before = log.read(0, from(0), 4, Duration::ZERO).await.expect("before the hole");
    assert_eq!(before.entries.len(), 4);
    assert!(store.seal_news().await.is_err(), "nothing is sealed over a hole");
}

#[tokio::test]
async fn whoever_was_further_than_a_store_that_was_set_back_waits() {
    let Some(database) = Database::new().await else { return };
    let store = database.store().await;
    store.append(&[item(stream(), 0, 9)]).await.expect("the store is there");
    let log = PostgresLog::new(store.clone(), database.vault().await);
    on(&database.url(), "DELETE FROM events WHERE position > 5").await;
    let wait = Duration::from_millis(250);
    for offset in [5, 7, 9, 20] {
        let began = Instant::now();
        let batch = log.read(0, from(offset), 100, wait).await.expect("the log is there");
        assert_eq!((batch.entries.len(), batch.end), (0, from(offset)));
        assert!(began.elapsed() >= wait, "after {offset}");
    }
    let asked = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    let calls: i64 = sqlx::query_scalar(asked).fetch_one(&mut database.client().await).await.expect("statistics");
    assert!(calls < 500, "it was asked {calls} times");
    assert_eq!(log.end(0).await.map(|end| end.position), Ok(5));
}
