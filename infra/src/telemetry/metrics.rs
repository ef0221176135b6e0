//! What is counted, under the names of API.md.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::adapters::rates::Whose;
use crate::config::CallKind;

use super::commands::Commands;
use super::http::{Requests, RouteMeter};

type Seconds = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Model {
    model: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Part {
    part: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Topic {
    topic: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Limit {
    kind: &'static str,
    by: &'static str,
}

/// Every metric of the process; a clone counts into the same ones.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Requests,
    commands: Commands,
    batch_events: Histogram,
    append_duration: Histogram,
    projection_lag: Family<Model, Gauge>,
    projection_delay: Family<Model, Seconds>,
    parked: Family<Model, Gauge>,
    relay_lag: Gauge,
    relay_delay: Seconds,
    relay_leads: Gauge,
    relayed: Counter,
    skipped: Family<Topic, Counter>,
    streams: Gauge,
    deliveries: Counter,
    resets: Counter,
    limited: Family<Limit, Counter>,
    dependencies: Family<Part, Gauge>,
    queued: Gauge,
    queue_capacity: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            requests: Requests::default(),
            commands: Commands::default(),
            batch_events: Histogram::new(exponential_buckets(1.0, 2.0, 12)),
            append_duration: Histogram::new(exponential_buckets(0.000_1, 2.0, 16)),
            projection_lag: Family::default(),
            projection_delay: Family::default(),
            parked: Family::default(),
            relay_lag: Gauge::default(),
            relay_delay: Seconds::default(),
            relay_leads: Gauge::default(),
            relayed: Counter::default(),
            skipped: Family::default(),
            streams: Gauge::default(),
            deliveries: Counter::default(),
            resets: Counter::default(),
            limited: Family::default(),
            dependencies: Family::default(),
            queued: Gauge::default(),
            queue_capacity: Gauge::default(),
        };
        let mut registry = Registry::with_prefix("chat");
        metrics.register(&mut registry);
        metrics.registry = Arc::new(registry);
        metrics
    }
}

impl Metrics {
    /// Counters get their `_total` when they are written.
    fn register(&self, to: &mut Registry) {
        self.requests.register(to);
        self.commands.register(to);
        to.register("append_batch_events", "Events in one append", self.batch_events.clone());
        to.register("append_duration_seconds", "Time of one append", self.append_duration.clone());
        to.register(
            "projection_lag_events",
            "Positions not yet applied, over all partitions: no fewer than the events",
            self.projection_lag.clone(),
        );
        to.register("projection_lag_seconds", "Age of the oldest event not yet applied", self.projection_delay.clone());
        to.register("parked_events", "Streams that wait behind an event that can not be applied", self.parked.clone());
        to.register("relay_lag_events", "Events not yet relayed", self.relay_lag.clone());
        to.register("relay_lag_seconds", "Age of the oldest event not yet relayed", self.relay_delay.clone());
        to.register("relay_leads", "Whether this process leads the relay", self.relay_leads.clone());
        to.register("relayed_events", "Events that the brokers acknowledged", self.relayed.clone());
        to.register("skipped_records", "Records in our topics that the relay did not write", self.skipped.clone());
        to.register("streams_open", "Live streams", self.streams.clone());
        to.register("stream_deliveries", "Frames handed to live streams", self.deliveries.clone());
        to.register("stream_resets", "Live streams that were told to reload", self.resets.clone());
        to.register("rate_limited", "Calls that a limit refused", self.limited.clone());
        to.register("dependency_up", "Whether a part is there, as /health/ready says it", self.dependencies.clone());
        to.register("append_queue_items", "Commands that wait to be appended", self.queued.clone());
        to.register("append_queue_capacity", "How many may wait", self.queue_capacity.clone());
    }

    /// All of it as OpenMetrics text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(16 * 1024);
        // Writing to a String does not fail.
        encode(&mut text, &self.registry).ok();
        text
    }

    /// What counts the requests of one route; `route` is a pattern, never a path with ids.
    #[must_use]
    pub fn route(&self, route: &str) -> RouteMeter {
        self.requests.route(route)
    }

    /// A limit of this kind refused a call.
    pub fn limited(&self, kind: CallKind, whose: Whose) {
        let by = match whose {
            Whose::User => "user",
            Whose::Address => "address",
        };
        self.limited.get_or_create(&Limit { kind: kind.as_str(), by }).inc();
    }

    /// A reader met a record in `topic` that is not of this system.
    pub fn skipped(&self, topic: &str) {
        self.skipped.get_or_create(&Topic { topic: topic.to_owned() }).inc();
    }

    /// A part that the process depends on is there, or away.
    pub fn depends(&self, part: &'static str, is_there: bool) {
        self.dependencies.get_or_create(&Part { part }).set(i64::from(is_there));
    }
}

impl command_side::ports::relay::RelayMeter for Metrics {
    fn leads(&self, leads: bool) {
        self.relay_leads.set(i64::from(leads));
    }

    fn relay_lag(&self, events: u64, seconds: f64) {
        self.relay_lag.set(gauge(events));
        self.relay_delay.set(seconds);
    }

    fn relayed(&self, events: u64) {
        self.relayed.inc_by(events);
    }
}

fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl command_side::ports::Meter for Metrics {
    fn queue_of(&self, items: usize) {
        self.queue_capacity.set(i64::try_from(items).unwrap_or(i64::MAX));
    }

    fn queued(&self, more: i64) {
        self.queued.inc_by(more);
    }

    fn command(&self, command: &'static str, outcome: &'static str) {
        self.commands.count(command, outcome);
    }

    fn batch(&self, events: usize, took: Duration) {
        self.batch_events.observe(f64::from(u32::try_from(events).unwrap_or(u32::MAX)));
        self.append_duration.observe(took.as_secs_f64());
    }
}

impl projections::ports::Meter for Metrics {
    fn lag(&self, model: &'static str, events: u64, seconds: f64) {
        self.projection_lag.get_or_create(&Model { model }).set(gauge(events));
        self.projection_delay.get_or_create(&Model { model }).set(seconds);
    }

    fn parked(&self, model: &'static str, streams: u64) {
        self.parked.get_or_create(&Model { model }).set(gauge(streams));
    }
}

impl command_side::ports::processes::ProcessMeter for Metrics {
    /// A process manager is behind like a read model, and as bad.
    fn process_lag(&self, process: &'static str, events: u64, seconds: f64) {
        projections::ports::Meter::lag(self, process, events, seconds);
    }
}

impl query_side::ports::Meter for Metrics {
    fn stream_opened(&self) {
        self.streams.inc();
    }

    fn stream_closed(&self) {
        self.streams.dec();
    }

    fn delivered(&self, frames: u64) {
        self.deliveries.inc_by(frames);
    }

    fn reset(&self) {
        self.resets.inc();
    }
}
