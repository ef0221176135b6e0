//! How far behind a model is, over all partitions that are kept here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ports::{Meter, Partition};

pub(super) struct Lags {
    model: &'static str,
    meter: Arc<dyn Meter>,
    /// In events, and in seconds.
    of: Mutex<HashMap<Partition, (u64, f64)>>,
}

impl Lags {
    pub(super) fn new(model: &'static str, meter: Arc<dyn Meter>) -> Self {
        Self { model, meter, of: Mutex::default() }
    }

    /// `partition` is so far behind.
    pub(super) fn tell(&self, partition: Partition, events: u64, seconds: f64) {
        self.change(|of| of.insert(partition, (events, seconds)));
    }

    /// `partition` is not kept here any more.
    pub(super) fn forget(&self, partition: Partition) {
        self.change(|of| of.remove(&partition));
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashMap<Partition, (u64, f64)>) -> T) {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut of);
        let events = of.values().map(|(events, _)| events).sum();
        let seconds = of.values().map(|(_, seconds)| *seconds).fold(0.0, f64::max);
        drop(of);
        self.meter.lag(self.model, events, seconds);
    }
}
