//! Relays that take turns, and a store that is not the one of before.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use command_side::ports::relay::{Lease as _, Outbox, Reached};
use command_side::relay::{Error, Relay};
use domain::stored::Raw;
use domain::{Envelope, EventId, Position};
use infra::adapters::kafka::{KafkaBroker, decode};
use infra::adapters::partitions::Topic;
use infra::adapters::postgres::{PostgresEventStore, PostgresLease};
use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;
use tokio::time::sleep;

use super::super::postgres::on;
use super::wire::{EACH, NoMeter, Wire, read};

/// Longer than a lease lasts.
const OVER: Duration = Duration::from_secs(6);

/// Whether a thread stands still.
#[derive(Default)]
struct Ice {
    frozen: Mutex<bool>,
    thawed: Condvar,
}

impl Ice {
    fn set(&self, frozen: bool) {
        *self.frozen.lock() = frozen;
        self.thawed.notify_all();
    }
}

/// A store whose reader stands still, thread and all, with what it has read.
struct Freezing {
    store: Arc<PostgresEventStore>,
    ice: Arc<Ice>,
}

#[async_trait]
impl Outbox for Freezing {
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let events = self.store.after(position, limit).await;
        self.ice.thawed.wait_while(&mut self.ice.frozen.lock(), |frozen| *frozen);
        events
    }

    async fn news(&self, position: Position, wait: Duration) -> Result<Position, Unavailable> {
        Outbox::news(&*self.store, position, wait).await
    }

    async fn holds(&self, position: Position, event: EventId) -> Result<bool, Unavailable> {
        self.store.holds(position, event).await
    }
}

/// A relay on a thread with connections of its own, as a process that can be stopped and woken up.
fn sleeper(wire: &Wire, ice: Arc<Ice>, stop: watch::Receiver<bool>) -> thread::JoinHandle<Result<(), Error>> {
    let (database, url) = (wire.database.clone(), wire.url.clone());
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let store = database.store().await;
            let relay = Relay {
                outbox: Arc::new(Freezing { store: store.clone(), ice }),
                lease: Arc::new(PostgresLease::new(store, Some("sleeper".to_owned()), 1)),
                broker: Arc::new(KafkaBroker::new(&url, EACH).expect("a producer")),
                meter: Arc::new(NoMeter),
            };
            relay.run(stop).await
        })
    })
}

/// That a reader who drops what it has seen gets every event of the store once, in order, without a hole.
fn is_whole(wire: &Wire, head: Position) {
    let mut seen = vec![];
    for topic in Topic::ALL {
        let mut ends: BTreeMap<i32, Position> = BTreeMap::new();
        for message in wire.records(&wire.url.topic(topic.name())) {
            let record = decode(&message).expect("one of ours");
            let end = ends.entry(rdkafka::Message::partition(&message)).or_default();
            if record.event.position > *end {
                assert!(record.after <= *end, "a hole: {end}, then {} after {}", record.event.position, record.after);
                *end = record.event.position;
                seen.push(*end);
            }
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=head).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_wakes_up_behind_another_changes_nothing_that_a_reader_sees() {
    let Some(mut wire) = Wire::new().await else { return };
    let (ice, stop) = (Arc::<Ice>::default(), watch::Sender::new(false));
    let sleeping = sleeper(&wire, ice.clone(), stop.subscribe());
    wire.append(8, 10).await;
    wire.relayed(80).await;
    ice.set(true);
    wire.append(8, 25).await;
    sleep(OVER).await;
    wire.start();
    wire.relayed(280).await;
    let epoch = wire.epoch().await;
    ice.set(false);
    wire.append(8, 25).await;
    wire.relayed(480).await;
    sleep(OVER).await;
    // Whatever the sleeper still sent, it did not lead again, nor move what is noted.
    assert_eq!(wire.epoch().await, epoch);
    stop.send_replace(true);
    let ended = tokio::task::spawn_blocking(move || sleeping.join().expect("no panic"));
    ended.await.expect("no panic").expect("it was told to");
    is_whole(&wire, 480);
    read(&wire.reader(), BTreeMap::new(), &wire.awaited().await).await;
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_leader_notes_how_far_it_came() {
    let Some(wire) = Wire::new().await else { return };
    wire.append(2, 5).await;
    let lease = |name: &str| PostgresLease::new(wire.store.clone(), Some(name.to_owned()), 1);
    let (one, two) = (lease("one"), lease("two"));
    let first = one.take().await.expect("the store is there").expect("nobody leads").epoch;
    assert_eq!(two.take().await, Ok(None));
    let reached = Reached { position: 5, ..Reached::default() };
    assert_eq!(one.advance(first, &reached).await, Ok(true));
    one.release(first).await;
    let second = two.take().await.expect("the store is there").expect("nobody leads");
    assert!(second.epoch > first);
    assert_eq!(second.reached.position, 5);
    assert_eq!(one.renew(first).await, Ok(false));
    let further = Reached { position: 9, ..Reached::default() };
    assert_eq!(one.advance(first, &further).await, Ok(false));
    two.release(second.epoch).await;
    let third = one.take().await.expect("the store is there").expect("nobody leads");
    assert_eq!(third.reached.position, 5, "what one noted that does not lead counts for nothing");
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_to_topics_of_a_generation_that_is_over_does_not_lead() {
    let Some(wire) = Wire::new().await else { return };
    let of = |generation| PostgresLease::new(wire.store.clone(), Some("one".to_owned()), generation);
    on(&wire.database.url(), "INSERT INTO identity (name, value) VALUES ('topics', '2')").await;
    assert_eq!(of(1).take().await, Ok(None));
    assert!(of(2).take().await.expect("the store is there").is_some());
    wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_restored_is_not_relayed() {
    let Some(mut wire) = Wire::new().await else { return };
    wire.append(2, 20).await;
    let running = wire.start();
    wire.relayed(40).await;
    running.abort();
    sleep(Duration::from_millis(300)).await;
    let url = wire.database.url();
    on(&url, "DELETE FROM events WHERE position > 30").await;
    on(&url, "UPDATE relay_lease SET until = clock_timestamp()").await;
    let stop = watch::Sender::new(false);
    let error = wire.relay().run(stop.subscribe()).await.expect_err("it can not go on");
    assert_eq!(error, Error::Rewritten(40));
    // Restored with what the relay had noted then: the topics still tell.
    on(&url, "UPDATE relay_state SET position = 0, event_id = NULL, ends = '{}'").await;
    let error = wire.relay().run(stop.subscribe()).await.expect_err("it can not go on");
    assert!(matches!(error, Error::Rewritten(31..)) && error.to_string().contains("bigtech-chat adopt"), "{error}");
    wire.end().await;
}
