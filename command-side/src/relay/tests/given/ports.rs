//! What a relay joins, in memory.

use std::time::Duration;

use async_trait::async_trait;
use domain::stored::Raw;
use domain::{Envelope, EventId, Position};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout};

use super::{Told, World, event};
use crate::ports::Unavailable;
use crate::ports::relay::{Broker, Lasts, Lease, Outbox, Outgoing, Partition, Reached, RelayMeter, Term};

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
        let slowness = self.inside.lock().slowness;
        sleep(slowness).await;
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

impl RelayMeter for Mutex<Told> {
    fn leads(&self, leads: bool) {
        self.lock().leads = leads;
    }

    fn relay_lag(&self, events: u64, seconds: f64) {
        self.lock().lag = (events, seconds);
    }

    fn relayed(&self, _: u64) {}
}
