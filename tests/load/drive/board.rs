//! What the followers of rooms have seen.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use crate::client::frame::Frame;
use crate::client::live_stream::LiveStream;
use crate::clock;
use crate::measure::latency::Latency;
use crate::measure::tally::Tally;

/// Shared by all followers of a run.
pub(crate) struct Board {
    /// The newest version that was acknowledged in each room.
    tops: Vec<AtomicU64>,
    /// The newest version that each follower has seen, with its room.
    seen: Vec<(usize, AtomicU64)>,
    /// Only messages sent from here on have their latency kept.
    measured_from: AtomicU64,
    pub(crate) delivered: AtomicU64,
    lost: AtomicU64,
    duplicate: AtomicU64,
    reset: AtomicU64,
    closed: AtomicU64,
    latency: Mutex<Latency>,
}

impl Board {
    /// A board for followers that begin at the given versions of their rooms.
    pub(crate) fn new(rooms: usize, followers: &[(usize, u64)]) -> Self {
        Self {
            tops: (0..rooms).map(|_| AtomicU64::new(0)).collect(),
            seen: followers.iter().map(|(room, version)| (*room, AtomicU64::new(*version))).collect(),
            measured_from: AtomicU64::new(u64::MAX),
            delivered: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            duplicate: AtomicU64::new(0),
            reset: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            latency: Mutex::default(),
        }
    }

    pub(crate) fn measure_from(&self, stamp: u64) {
        self.measured_from.store(stamp, Relaxed);
    }

    pub(crate) fn acknowledged(&self, room: usize, version: u64) {
        self.tops[room].fetch_max(version, Relaxed);
    }

    /// Follows a stream until it ends; the run ends by dropping this.
    pub(crate) async fn follow(&self, follower: usize, mut stream: LiveStream) {
        loop {
            while let Some(frame) = stream.take() {
                self.frame(follower, &frame);
            }
            if stream.advance().await.is_err() {
                self.closed.fetch_add(1, Relaxed);
                return;
            }
        }
    }

    fn frame(&self, follower: usize, frame: &Frame<'_>) {
        match frame.event {
            b"reset" => _ = self.reset.fetch_add(1, Relaxed),
            b"closed" => _ = self.closed.fetch_add(1, Relaxed),
            _ => {}
        }
        if let Some(version) = frame.id {
            self.version(follower, version);
        }
        if frame.event == b"new_message" {
            self.message(frame);
        }
    }

    /// Versions have to come one after another.
    fn version(&self, follower: usize, version: u64) {
        let seen = &self.seen[follower].1;
        let last = seen.load(Relaxed);
        if version <= last {
            self.duplicate.fetch_add(1, Relaxed);
            return;
        }
        self.lost.fetch_add(version - last - 1, Relaxed);
        seen.store(version, Relaxed);
    }

    fn message(&self, frame: &Frame<'_>) {
        self.delivered.fetch_add(1, Relaxed);
        let from = self.measured_from.load(Relaxed);
        if let Some(sent) = frame.stamp().filter(|sent| *sent >= from) {
            self.latency.lock().record(clock::now().saturating_sub(sent));
        }
    }

    /// Waits until everybody has seen everything, `limit` at the most.
    pub(crate) async fn drained(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while self.missing() > 0 && Instant::now() < end {
            sleep(Duration::from_millis(2)).await;
        }
    }

    fn missing(&self) -> u64 {
        let behind = |(room, seen): &(usize, AtomicU64)| {
            let top = self.tops[*room].load(Relaxed);
            top.saturating_sub(seen.load(Relaxed))
        };
        self.seen.iter().map(behind).sum()
    }

    /// What should not have happened; what has not arrived by now counts as lost.
    pub(crate) fn faults(&self) -> Tally {
        let mut tally = Tally::default();
        tally.many("delivery lost", self.lost());
        tally.many("delivery twice", self.duplicate.load(Relaxed));
        tally.many("stream told to reset", self.reset.load(Relaxed));
        tally.many("stream ended", self.closed.load(Relaxed));
        tally
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Relaxed) + self.missing()
    }

    pub(crate) fn duplicate(&self) -> u64 {
        self.duplicate.load(Relaxed)
    }

    pub(crate) fn resets(&self) -> u64 {
        self.reset.load(Relaxed)
    }

    pub(crate) fn latency(&self) -> Latency {
        self.latency.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(id: u64) -> Frame<'static> {
        Frame { id: Some(id), event: b"new_message", data: b"" }
    }

    #[test]
    fn gaps_repeats_and_what_never_came_are_told_apart() {
        let board = Board::new(1, &[(0, 1)]);
        [2, 3, 3, 6].iter().for_each(|id| board.frame(0, &frame(*id)));
        board.acknowledged(0, 7);
        assert_eq!((board.lost(), board.duplicate(), board.resets()), (3, 1, 0));
    }
}
