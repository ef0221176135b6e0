//! What streams count, to be asked for.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::ports::Meter;

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    open: AtomicI64,
    resets: AtomicU64,
}

impl Counts {
    pub(crate) fn open(&self) -> i64 {
        self.open.load(Ordering::Relaxed)
    }

    pub(crate) fn resets(&self) -> u64 {
        self.resets.load(Ordering::Relaxed)
    }
}

impl Meter for Counts {
    fn stream_opened(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    fn stream_closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    fn delivered(&self, _frames: u64) {}

    fn reset(&self) {
        self.resets.fetch_add(1, Ordering::Relaxed);
    }
}
