//! One open stream, as the rest of the process sees it: whose it is, how to wake it, and what it was told.

use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Context;

use command_side::api::Caller;
use futures::task::AtomicWaker;

/// Why a stream is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum End {
    /// The server shuts down, or can not go on: the client comes back.
    Quiet = 1,
    LoggedOut,
    Blocked,
    Left,
    Removed,
    RoomClosed,
}

impl End {
    const ALL: [Self; 6] = [Self::Quiet, Self::LoggedOut, Self::Blocked, Self::Left, Self::Removed, Self::RoomClosed];

    /// What `closed` says; nothing when the client is to come back.
    pub(super) const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Quiet => None,
            Self::LoggedOut => Some("logged_out"),
            Self::Blocked => Some("blocked"),
            Self::Left => Some("left"),
            Self::Removed => Some("removed"),
            Self::RoomClosed => Some("room_closed"),
        }
    }
}

/// The bit that asks for a sign of life; the others are the end's number.
const BEAT: u8 = 0x80;

/// Where one open stream waits. Kept small: streams are held by the hundred thousand.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) caller: Caller,
    waker: AtomicWaker,
    told: AtomicU8,
}

impl Seat {
    pub(super) const fn new(caller: Caller) -> Self {
        Self { caller, waker: AtomicWaker::new(), told: AtomicU8::new(0) }
    }

    /// Wakes whoever waits here; nobody does, most of the time.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// Remembers whom to wake. Whoever calls looks again afterwards, because something may just have come.
    pub(super) fn wait(&self, cx: &Context<'_>) {
        self.waker.register(cx.waker());
    }

    /// Ends the stream; the first end counts.
    pub(super) fn end(&self, end: End) {
        let ended = |told: u8| (told & !BEAT == 0).then_some(told | end as u8);
        // When it was ended before there is nothing to do.
        let _ = self.told.fetch_update(Ordering::AcqRel, Ordering::Acquire, ended);
        self.wake();
    }

    /// Asks for a sign of life.
    pub(super) fn beat(&self) {
        self.told.fetch_or(BEAT, Ordering::AcqRel);
        self.wake();
    }

    /// Why the stream is over, if it is.
    pub(super) fn ended(&self) -> Option<End> {
        let number = self.told.load(Ordering::Acquire) & !BEAT;
        End::ALL.into_iter().find(|end| *end as u8 == number)
    }

    /// Whether a sign of life was asked for since the last call.
    pub(super) fn take_beat(&self) -> bool {
        self.told.load(Ordering::Acquire) & BEAT != 0 && self.told.fetch_and(!BEAT, Ordering::AcqRel) & BEAT != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::given;

    #[test]
    fn the_first_end_counts() {
        let seat = Seat::new(given::caller(1));
        assert_eq!(seat.ended(), None);
        seat.end(End::Removed);
        seat.end(End::LoggedOut);
        assert_eq!(seat.ended(), Some(End::Removed));
    }

    #[test]
    fn a_beat_is_taken_once_and_does_not_touch_the_end() {
        let seat = Seat::new(given::caller(1));
        seat.beat();
        seat.end(End::LoggedOut);
        assert!(seat.take_beat() && !seat.take_beat());
        assert_eq!(seat.ended(), Some(End::LoggedOut));
    }

    #[test]
    fn a_seat_is_small() {
        assert!(size_of::<Seat>() <= 64, "{}", size_of::<Seat>());
    }
}
