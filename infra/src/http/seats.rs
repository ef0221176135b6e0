//! The connections that are open: how many, what each waits for and since when, and how to end them.
//!
//! One sweep looks at all of them every now and then, instead of a timer in each: an idle stream costs nothing, and a request
//! a few stores.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::task::Waker;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::config::Settings;

/// What a connection waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Waits {
    /// The head of a request.
    Head,
    /// The first byte of the next request.
    Next,
    /// Us.
    No,
}

/// What a connection is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Stay,
    /// Answer what was asked, and close.
    Finish,
    /// Close now.
    Leave,
}

/// In ticks.
struct Limits {
    head: u32,
    next: u32,
    stall: u32,
}

/// All seats of the process.
pub(super) struct Seats {
    capacity: usize,
    taken: AtomicUsize,
    tick: Duration,
    now: AtomicU32,
    limits: Limits,
    finishing: AtomicBool,
    leaving: AtomicBool,
    last_id: AtomicU64,
    occupied: Mutex<HashMap<u64, (Arc<Seat>, Waker)>>,
    emptied: Notify,
}

const LONGEST_TICK: Duration = Duration::from_secs(2);
const SHORTEST_TICK: Duration = Duration::from_millis(20);

impl Seats {
    pub(super) fn new(settings: &Settings) -> Arc<Self> {
        let waits = [settings.header_timeout, settings.idle_timeout, settings.stall_timeout];
        let tick = (waits.into_iter().min().unwrap_or_default() / 5).clamp(SHORTEST_TICK, LONGEST_TICK);
        // The tick that is under way does not count.
        let [head, next, stall] =
            waits.map(|wait| u32::try_from(wait.as_millis() / tick.as_millis()).unwrap_or(u32::MAX));
        Arc::new(Self {
            capacity: capacity(settings.max_connections),
            taken: AtomicUsize::new(0),
            tick,
            now: AtomicU32::new(0),
            limits: Limits { head, next, stall },
            finishing: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
            last_id: AtomicU64::new(0),
            occupied: Mutex::default(),
            emptied: Notify::new(),
        })
    }

    /// A seat, if one is free.
    pub(super) fn take(self: &Arc<Self>) -> Option<Place> {
        if self.taken.fetch_add(1, SeqCst) >= self.capacity {
            self.free();
            return None;
        }
        let seat = Seat {
            seats: self.clone(),
            waits: AtomicU8::new(Waits::Head as u8),
            since: AtomicU32::new(self.now.load(Relaxed)),
            stalled: AtomicU32::new(FLOWING),
            overdue: AtomicBool::new(false),
        };
        Some(Place { id: self.last_id.fetch_add(1, Relaxed), seat: Arc::new(seat) })
    }

    /// Looks at all seats, for ever, and ends those who have waited too long.
    pub(super) async fn sweep(self: Arc<Self>) {
        let mut ticks = interval(self.tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.now.fetch_add(1, Relaxed) + 1;
            let mut occupied = self.occupied.lock();
            occupied.values().filter(|(seat, _)| seat.is_overdue(now)).for_each(|(seat, waker)| {
                seat.overdue.store(true, SeqCst);
                waker.wake_by_ref();
            });
            if occupied.len() < occupied.capacity() / 8 {
                occupied.shrink_to_fit();
            }
        }
    }

    /// Ends all connections: after what was asked is answered, at the latest after `grace`.
    pub(super) async fn close(&self, grace: Duration) {
        self.finishing.store(true, SeqCst);
        self.wake();
        if timeout(grace, self.empty()).await.is_err() {
            tracing::warn!(connections = self.taken.load(SeqCst), "closing what did not finish");
            self.leaving.store(true, SeqCst);
            self.wake();
            timeout(LAST_GRACE, self.empty()).await.ok();
        }
    }

    fn wake(&self) {
        self.occupied.lock().values().for_each(|(_, waker)| waker.wake_by_ref());
    }

    async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.taken.load(SeqCst) == 0 {
                return;
            }
            emptied.await;
        }
    }

    fn free(&self) {
        if self.taken.fetch_sub(1, SeqCst) == 1 {
            self.emptied.notify_one();
        }
    }
}

/// File descriptors that are not for connections: stores and logs need some at any time.
const RESERVED: usize = 256;

/// As many as wanted, or as the system gives.
fn capacity(wanted: usize) -> usize {
    let descriptors = descriptors().unwrap_or(usize::MAX);
    if descriptors < wanted {
        tracing::warn!(max_connections = wanted, descriptors, "fewer connections than set: raise `ulimit -n`");
    }
    wanted.min(descriptors.saturating_sub(RESERVED).max(1))
}

/// How many the system gives this process; nothing where it does not say.
fn descriptors() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// For a connection to be dropped that was told to leave.
const LAST_GRACE: Duration = Duration::from_secs(1);
/// Not stalled; else the tick since when.
const FLOWING: u32 = u32::MAX;

/// What one connection waits for.
pub(super) struct Seat {
    seats: Arc<Seats>,
    waits: AtomicU8,
    /// The tick.
    since: AtomicU32,
    stalled: AtomicU32,
    overdue: AtomicBool,
}

impl Seat {
    /// Something came in.
    pub(super) fn heard(&self) {
        if self.waits.load(Relaxed) == Waits::Next as u8 {
            self.wait_for(Waits::Head);
        }
    }

    /// A whole head came in: it is for us to answer.
    pub(super) fn asked(&self) {
        self.waits.store(Waits::No as u8, Relaxed);
    }

    /// The whole answer was taken from us.
    pub(super) fn answered(&self) {
        self.wait_for(Waits::Next);
    }

    /// The client takes nothing (`true`), or again something.
    pub(super) fn stalls(&self, stalls: bool) {
        if stalls != (self.stalled.load(Relaxed) != FLOWING) {
            self.stalled.store(if stalls { self.seats.now.load(Relaxed) } else { FLOWING }, Relaxed);
        }
    }

    fn wait_for(&self, waits: Waits) {
        self.since.store(self.seats.now.load(Relaxed), Relaxed);
        self.waits.store(waits as u8, Relaxed);
    }

    fn is_overdue(&self, now: u32) -> bool {
        let limits = &self.seats.limits;
        let passed = |since: u32, limit: u32| now.saturating_sub(since) > limit;
        let stalled = self.stalled.load(Relaxed);
        let limit = match self.waits.load(Relaxed) {
            waits if waits == Waits::Head as u8 => limits.head,
            waits if waits == Waits::Next as u8 => limits.next,
            _ => u32::MAX,
        };
        passed(self.since.load(Relaxed), limit) || (stalled != FLOWING && passed(stalled, limits.stall))
    }
}

/// A taken seat; free again when it is dropped.
pub(super) struct Place {
    id: u64,
    seat: Arc<Seat>,
}

impl Place {
    pub(super) fn seat(&self) -> Arc<Seat> {
        self.seat.clone()
    }

    /// From now on it can be told what to do: `waker` is that of its task.
    pub(super) fn sit(&self, waker: &Waker) {
        self.seat.seats.occupied.lock().insert(self.id, (self.seat.clone(), waker.clone()));
    }

    pub(super) fn order(&self) -> Order {
        let seats = &self.seat.seats;
        if self.seat.overdue.load(SeqCst) || seats.leaving.load(SeqCst) {
            return Order::Leave;
        }
        if seats.finishing.load(SeqCst) { Order::Finish } else { Order::Stay }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.seat.seats.occupied.lock().remove(&self.id);
        self.seat.seats.free();
    }
}
