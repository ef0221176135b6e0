//! A store, a lease and brokers in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::hash::Hash;
use domain::stored::Raw;
use domain::{Actor, Envelope, EventId, Kind, Position, StreamId, Timestamp};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::ports::Unavailable;
use crate::ports::relay::{Broker, Lasts, Lease, Outbox, Outgoing, Partition, Reached, RelayMeter, Term};
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

    fn relay(&self) -> Relay {
        let world = Arc::new(self.clone());
        Relay { outbox: world.clone(), lease: world.clone(), broker: world.clone(), meter: world }
    }

    pub(super) async fn run(&self) -> Result<(), Error> {
        self.relay().run(watch::Sender::new(false).subscribe()).await
    }

    pub(super) fn start(&self) -> JoinHandle<()> {
        let relay = self.relay();
        tokio::spawn(async move {
            let stop = watch::Sender::new(false);
            relay.run(stop.subscribe()).await.expect("a store without fault");
        })
    }

    /// Runs a relay until everything has arrived and is noted.
    pub(super) async fn relayed(&self, position: Position) {
        let stop = watch::Sender::new(false);
        let (relay, receiver) = (self.relay(), stop.subscribe());
        let running = tokio::spawn(async move { relay.run(receiver).await });
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

fn event(position: Position) -> Envelope<Raw> {
    let stream = StreamId { kind: Kind::Room, id: Uuid::from_u128(u128::from(position)) };
    let json = "{}".to_owned();
    let raw = Raw { event_type: "E".to_owned(), schema_version: 1, json, subject: stream.id, hash: Hash([0; 32]) };
    Envelope {
        position,
        stream,
        version: 1,
        event_id: EventId(Uuid::from_u128(u128::from(position))),
        recorded_at: Timestamp(0),
        actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
        payload: raw,
    }
}

#[async_trait]
impl Outbox for World {
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let inside = self.inside.lock();
        Ok(inside.events.iter().filter(|event| event.position > position).take(limit).cloned().collect())
    }

    async fn news(&self, position: Position, wait: Duration) -> Result<Position, Unavailable> {
        let mut head = self.head.subscribe();
        timeout(wait, head.wait_for(|head| *head > position)).await.ok();
        Ok(*self.head.borrow())
    }

    async fn holds(&self, position: Position, event: EventId) -> Result<bool, Unavailable> {
        Ok(self.inside.lock().events.iter().any(|one| one.position == position && one.event_id == event))
    }
}

const LEASE: Duration = Duration::from_secs(5);

#[async_trait]
impl Lease for World {
    async fn take(&self) -> Result<Option<Term>, Unavailable> {
        let mut inside = self.inside.lock();
        if inside.until.is_some_and(|until| Instant::now() < until) {
            return Ok(None);
        }
        inside.epoch += 1;
        inside.until = Some(Instant::now() + LEASE);
        Ok(Some(Term { epoch: inside.epoch, reached: inside.reached.clone() }))
    }

    async fn renew(&self, epoch: u64) -> Result<bool, Unavailable> {
        let mut inside = self.inside.lock();
        let is_own = inside.epoch == epoch;
        if is_own {
            inside.until = Some(Instant::now() + LEASE);
        }
        Ok(is_own)
    }

    async fn advance(&self, epoch: u64, reached: &Reached) -> Result<bool, Unavailable> {
        let mut inside = self.inside.lock();
        let is_own = inside.epoch == epoch;
        if is_own {
            inside.reached = reached.clone();
        }
        Ok(is_own)
    }

    async fn release(&self, epoch: u64) {
        let mut inside = self.inside.lock();
        if inside.epoch == epoch {
            inside.until = None;
        }
    }
}

#[async_trait]
impl Broker for World {
    fn partitions_of(&self, event: &Envelope<Raw>) -> Vec<Partition> {
        vec![u32::try_from((event.position - 1) % u64::from(self.partitions)).expect("small")]
    }

    async fn lasts(&self) -> Result<Lasts, Unavailable> {
        let inside = self.inside.lock();
        let last = |(partition, records): (&Partition, &Vec<(Position, Position)>)| {
            let position = records.last()?.1;
            Some((*partition, (position, event(position).event_id)))
        };
        Ok(inside.records.iter().filter_map(last).collect())
    }

    fn send(&self, records: Vec<Outgoing>) -> BoxFuture<'static, Result<(), Unavailable>> {
        let mut inside = self.inside.lock();
        for record in records {
            if inside.is_paused {
                inside.held.push(record);
                continue;
            }
            if inside.fails_at == Some(record.event.position) {
                inside.fails_at = None;
                inside.is_broken = true;
            }
            if inside.is_broken {
                return futures::future::ready(Err(Unavailable("broken".to_owned()))).boxed();
            }
            let entry = (record.after, record.event.position);
            inside.records.entry(record.partition).or_default().push(entry);
        }
        if inside.is_paused { futures::future::pending().boxed() } else { futures::future::ready(Ok(())).boxed() }
    }

    async fn renew(&self) -> Result<(), Unavailable> {
        self.inside.lock().is_broken = false;
        Ok(())
    }
}

impl RelayMeter for World {
    fn leads(&self, _: bool) {}

    fn relay_lag(&self, _: u64, _: f64) {}

    fn relayed(&self, _: u64) {}
}
