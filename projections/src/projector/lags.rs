//! How far behind a model is, over all partitions that are kept here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use crate::ports::{Meter, Partition};

pub(super) struct Lags {
    model: &'static str,
    meter: Arc<dyn Meter>,
    of: Mutex<HashMap<Partition, Lag>>,
}

struct Lag {
    events: u64,
    seconds: f64,
    /// When it was told.
    at: Instant,
}

impl Lag {
    fn now(events: u64, seconds: f64) -> Self {
        Self { events, seconds, at: Instant::now() }
    }

    /// The same, which has lasted until now.
    fn lasting(&self, events: u64) -> Self {
        Self::now(events, self.seconds + self.at.elapsed().as_secs_f64())
    }
}

impl Lags {
    pub(super) fn new(model: &'static str, meter: Arc<dyn Meter>) -> Self {
        Self { model, meter, of: Mutex::default() }
    }

    /// `partition` is so far behind.
    pub(super) fn tell(&self, partition: Partition, events: u64, seconds: f64) {
        self.change(|of| of.insert(partition, Lag::now(events, seconds)));
    }

    /// `partition` is so far behind, and nothing comes: it gets older from what was told last.
    pub(super) fn go_on(&self, partition: Partition, events: u64) {
        self.change(|of| {
            let lag = of.get(&partition).map_or_else(|| Lag::now(events, 0.0), |lag| lag.lasting(events));
            of.insert(partition, lag)
        });
    }

    /// `partition` is not kept here any more.
    pub(super) fn forget(&self, partition: Partition) {
        self.change(|of| of.remove(&partition));
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashMap<Partition, Lag>) -> T) {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut of);
        let events = of.values().map(|lag| lag.events).sum();
        let seconds = of.values().map(|lag| lag.seconds).fold(0.0, f64::max);
        drop(of);
        self.meter.lag(self.model, events, seconds);
    }
}
