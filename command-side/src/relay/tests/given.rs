//! A store, a lease and brokers in memory.

mod ports;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Actor, Envelope, EventId, Kind, Position, StreamId, Timestamp};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::ports::relay::{Outgoing, Partition, Reached};
use crate::relay::{Error, Relay};

#[derive(Default)]
struct Inside {
    events: Vec<Envelope<Raw>>,
    /// Of each partition: `after` and position of every record.
    records: BTreeMap<Partition, Vec<(Position, Position)>>,
    /// Those of a paused leader.
    held: Vec<Outgoing>,
    is_paused: bool,
    fails_at: Option<Position>,
    is_broken: bool,
    epoch: u64,
    until: Option<Instant>,
    reached: Reached,
    /// How long it takes to find out where the partitions end.
    slowness: Duration,
}

/// What a relay says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) leads: bool,
    /// Events that wait, and since how many seconds the oldest does.
    pub(super) lag: (u64, f64),
}

#[derive(Clone)]
pub(super) struct World {
    inside: Arc<Mutex<Inside>>,
    head: Arc<watch::Sender<Position>>,
    partitions: u32,
}

impl World {
    pub(super) fn new(partitions: u32) -> Self {
        Self { inside: Arc::default(), head: Arc::default(), partitions }
    }

    pub(super) fn append(&self, count: u64) {
        let mut inside = self.inside.lock();
        for _ in 0..count {
            let position = inside.events.len() as Position + 1;
            inside.events.push(event(position));
        }
        self.head.send_replace(inside.events.len() as Position);
    }

    fn relay(&self, told: &Arc<Mutex<Told>>) -> Relay {
        let world = Arc::new(self.clone());
        Relay { outbox: world.clone(), lease: world.clone(), broker: world, meter: told.clone() }
    }

    pub(super) async fn run(&self) -> Result<(), Error> {
        self.run_until(watch::Sender::new(false).subscribe()).await
    }

    pub(super) async fn run_until(&self, stop: watch::Receiver<bool>) -> Result<(), Error> {
        self.relay(&Arc::default()).run(stop).await
    }

    pub(super) fn start(&self) -> JoinHandle<()> {
        self.start_telling().0
    }

    /// Also gives what it says of itself.
    pub(super) fn start_telling(&self) -> (JoinHandle<()>, Arc<Mutex<Told>>) {
        let told = Arc::default();
        let relay = self.relay(&told);
        let running = tokio::spawn(async move {
            let stop = watch::Sender::new(false);
            relay.run(stop.subscribe()).await.expect("a store without fault");
        });
        (running, told)
    }

    /// Runs a relay until everything has arrived and is noted.
    pub(super) async fn relayed(&self, position: Position) {
        let stop = watch::Sender::new(false);
        let (world, receiver) = (self.clone(), stop.subscribe());
        let running = tokio::spawn(async move { world.run_until(receiver).await });
        self.arrived(position).await;
        sleep(Duration::from_millis(300)).await;
        stop.send_replace(true);
        running.await.expect("no panic").expect("a store without fault");
        assert_eq!(self.inside.lock().reached.position, position);
    }

    pub(super) async fn arrived(&self, position: Position) {
        let arrived = async {
            while self.inside.lock().records.values().flatten().map(|(_, at)| *at).max() < Some(position) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(60), arrived).await.expect("everything arrives");
    }

    /// Every event is there for whoever drops what it has seen.
    pub(super) fn is_whole(&self, count: u64) {
        let mut seen = vec![];
        for records in self.inside.lock().records.values() {
            let mut last = 0;
            for (_, position) in records {
                if *position > last {
                    seen.push(*position);
                    last = *position;
                }
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=count).collect::<Vec<_>>());
    }

    pub(super) fn repeats(&self) -> usize {
        let inside = self.inside.lock();
        inside.records.values().map(Vec::len).sum::<usize>() - inside.events.len()
    }

    /// Each record comes behind the one before it in its partition.
    pub(super) fn has_chains(&self) {
        for records in self.inside.lock().records.values() {
            let mut last = 0;
            for (after, position) in records.iter().filter(|(_, position)| *position > 0) {
                if *position > last {
                    assert_eq!(*after, last, "before {position}");
                    last = *position;
                }
            }
        }
    }

    pub(super) fn fail_at(&self, position: Position) {
        self.inside.lock().fails_at = Some(position);
    }

    pub(super) fn epoch(&self) -> u64 {
        self.inside.lock().epoch
    }

    /// It takes so long to find out where the partitions end.
    pub(super) fn slow_down(&self, slowness: Duration) {
        self.inside.lock().slowness = slowness;
    }

    /// Somebody else leads from now on.
    pub(super) fn depose(&self) {
        let mut inside = self.inside.lock();
        inside.epoch += 1;
        inside.until = Some(Instant::now() + Duration::from_secs(3_600));
    }

    pub(super) fn pause(&self) {
        self.inside.lock().is_paused = true;
    }

    /// Whoever comes now is not paused.
    pub(super) fn unpause(&self) {
        self.inside.lock().is_paused = false;
    }

    pub(super) fn deliver_held(&self) {
        let mut inside = self.inside.lock();
        for record in std::mem::take(&mut inside.held) {
            let entry = (record.after, record.event.position);
            inside.records.entry(record.partition).or_default().push(entry);
        }
    }

    pub(super) fn lose(&self, partition: Partition) {
        self.inside.lock().records.remove(&partition);
    }

    pub(super) fn last(&self, partition: Partition) -> Option<(Position, Position)> {
        self.inside.lock().records.get(&partition).and_then(|records| records.last().copied())
    }

    /// What is noted goes with the events.
    pub(super) fn restore_with_notes(&self, position: usize) {
        self.restore(position);
        self.inside.lock().reached = Reached::default();
    }

    pub(super) fn restore(&self, position: usize) {
        self.inside.lock().events.truncate(position);
        self.head.send_replace(position as Position);
    }
}

/// How old every event is, in ms: so old that the time that a test takes does not matter.
const AGE_MS: i64 = 1_000_000;

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_millis()).expect("small")
}

fn event(position: Position) -> Envelope<Raw> {
    let stream = StreamId { kind: Kind::Room, id: Uuid::from_u128(u128::from(position)) };
    let json = "{}".to_owned();
    let raw = Raw { event_type: "E".to_owned(), schema_version: 1, json, subject: stream.id, hash: Hash([0; 32]) };
    Envelope {
        position,
        stream,
        version: 1,
        event_id: EventId(Uuid::from_u128(u128::from(position))),
        recorded_at: Timestamp(now_ms() - AGE_MS),
        actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
        payload: raw,
    }
}
