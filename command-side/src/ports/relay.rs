//! What the relay needs: the outbox, a lease, and the brokers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::stored::Raw;
use domain::{Envelope, EventId, Position};
use futures::future::BoxFuture;

use super::Unavailable;

/// A part of the brokers' log that is in order by itself.
pub type Partition = u32;

/// The last position in each partition.
pub type Ends = BTreeMap<Partition, Position>;

/// The last event in each partition.
pub type Lasts = BTreeMap<Partition, (Position, EventId)>;

/// The events, in the order in which they were appended.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// At most `limit` events after `position`, without a hole.
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Envelope<Raw>>, Unavailable>;

    /// Waits until there may be something after `position`, at most `wait`; the newest position that is known then.
    async fn news(&self, position: Position, wait: Duration) -> Result<Position, Unavailable>;

    /// Whether the event at `position` is this one.
    async fn holds(&self, position: Position, event: EventId) -> Result<bool, Unavailable>;
}

/// Up to where everything is acknowledged by the brokers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    pub position: Position,
    /// The event there; nothing before the first.
    pub event_id: Option<EventId>,
    /// The last event of each partition at or below the position.
    pub ends: Ends,
}

/// One relay's time of leading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Raised with each.
    pub epoch: u64,
    pub reached: Reached,
}

/// One relay leads at a time, for as long as it renews its lease: 5 s at a time, by the clock of whoever keeps it.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Begins a term, unless somebody else leads.
    async fn take(&self) -> Result<Option<Term>, Unavailable>;

    /// Keeps the lease for 5 s more; whether it still is the one of `epoch`.
    async fn renew(&self, epoch: u64) -> Result<bool, Unavailable>;

    /// Moves what is reached forward; whether the lease still is the one of `epoch`.
    async fn advance(&self, epoch: u64, reached: &Reached) -> Result<bool, Unavailable>;

    /// Lets the next one lead at once.
    async fn release(&self, epoch: u64);
}

/// A record to be sent. No event of its partition lies between `after` and its own position.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub partition: Partition,
    pub after: Position,
    pub event: Arc<Envelope<Raw>>,
}

/// The brokers.
#[async_trait]
pub trait Broker: Send + Sync {
    /// The partitions that an event goes to.
    fn partitions_of(&self, event: &Envelope<Raw>) -> Vec<Partition>;

    /// The event of the last record of ours in each partition that has one.
    async fn lasts(&self) -> Result<Lasts, Unavailable>;

    /// Sends `records` in their order, behind all that were sent before; done when all of them are acknowledged. After an error nothing
    /// is known of them, nor of those behind, and nothing may be sent before [`Broker::renew`].
    fn send(&self, records: Vec<Outgoing>) -> BoxFuture<'static, Result<(), Unavailable>>;

    /// Forgets what was not acknowledged.
    async fn renew(&self) -> Result<(), Unavailable>;
}

/// What is counted of the relay; never fails and never waits.
pub trait RelayMeter: Send + Sync {
    /// Whether this one leads.
    fn leads(&self, leads: bool);

    /// `events` wait to be acknowledged, the oldest since `seconds`; none of those of somebody else who leads.
    fn relay_lag(&self, events: u64, seconds: f64);

    /// `records` were acknowledged.
    fn relayed(&self, records: u64);
}
