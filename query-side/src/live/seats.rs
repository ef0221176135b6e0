//! All open streams of this process: signs of life from one timer, and ends that concern many.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use command_side::api::Caller;
use domain::SessionId;
use parking_lot::Mutex;

use super::seat::{End, Seat};
use super::slots::Slots;
use crate::ports::Meter;

/// How often each stream gives a sign of life.
const BEAT_EVERY: Duration = Duration::from_secs(15);
/// Streams beat in turns, so that not all are written to at once.
pub(super) const TURNS: usize = 60;

/// The open streams.
pub(super) struct Seats {
    turns: [Mutex<Slots<Arc<Seat>>>; TURNS],
    next: AtomicUsize,
    /// Whose streams were opened lately.
    newcomers: Mutex<Vec<Caller>>,
    are_closed: AtomicBool,
    meter: Arc<dyn Meter>,
}

/// A stream's place among the open ones, given back when it is dropped.
pub(super) struct Ticket {
    pub(super) seat: Arc<Seat>,
    seats: Arc<Seats>,
    turn: u32,
    slot: u32,
}

impl Seats {
    pub(super) fn new(meter: Arc<dyn Meter>) -> Self {
        let turns = std::array::from_fn(|_| Mutex::new(Slots::new()));
        Self {
            turns,
            next: AtomicUsize::new(0),
            newcomers: Mutex::default(),
            are_closed: AtomicBool::new(false),
            meter,
        }
    }

    /// A place for another stream.
    pub(super) fn take(self: &Arc<Self>, caller: Caller) -> Ticket {
        let seat = Arc::new(Seat::new(caller));
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % TURNS;
        let slot = self.turns[turn].lock().put(seat.clone());
        self.newcomers.lock().push(caller);
        self.meter.stream_opened();
        if self.are_closed.load(Ordering::Acquire) {
            seat.end(End::Quiet);
        }
        Ticket { seat, seats: self.clone(), turn: u32::try_from(turn).unwrap_or(0), slot }
    }

    /// Whose streams are open, of one turn.
    pub(super) fn present(&self, turn: usize) -> Vec<Caller> {
        self.turns[turn].lock().iter().filter(|seat| seat.ended().is_none()).map(|seat| seat.caller).collect()
    }

    /// Whose streams are open.
    pub(super) fn everybody(&self) -> Vec<Caller> {
        (0..TURNS).flat_map(|turn| self.present(turn)).collect()
    }

    /// Whose streams were opened since this was last asked.
    pub(super) fn newcomers(&self) -> Vec<Caller> {
        std::mem::take(&mut *self.newcomers.lock())
    }

    /// Lets streams give signs of life, for ever: the one timer for all of them.
    pub(super) async fn beat(&self) {
        let turns = u32::try_from(TURNS).unwrap_or(1);
        let mut timer = tokio::time::interval(BEAT_EVERY / turns);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for turn in self.turns.iter().cycle() {
            timer.tick().await;
            turn.lock().iter().for_each(|seat| seat.beat());
        }
    }

    /// Ends the streams of these sessions; says whose they were.
    pub(super) fn end_sessions(&self, sessions: &HashSet<SessionId>) -> Vec<Caller> {
        self.end_those(End::LoggedOut, |session| sessions.contains(&session))
    }

    /// Ends the streams whose session is over; says whose they were.
    pub(super) fn end_those(&self, end: End, is_over: impl Fn(SessionId) -> bool) -> Vec<Caller> {
        let mut ended = vec![];
        for turn in &self.turns {
            for seat in turn.lock().iter().filter(|seat| is_over(seat.caller.session)) {
                seat.end(end);
                ended.push(seat.caller);
            }
        }
        ended
    }

    /// Ends all streams, and those that are opened later, in a way that lets clients come back.
    pub(super) fn close(&self) {
        self.are_closed.store(true, Ordering::Release);
        // They are not gone: they come back, elsewhere.
        self.end_those(End::Quiet, |_| true);
    }

    pub(super) fn meter(&self) -> &dyn Meter {
        &*self.meter
    }
}

impl Ticket {
    pub(super) fn meter(&self) -> &dyn Meter {
        self.seats.meter()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.seats.turns[self.turn as usize].lock().take(self.slot);
        self.seats.meter.stream_closed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::given::{self, Counts};

    #[test]
    fn the_streams_of_an_ended_session_end_and_others_do_not() {
        let counts = Arc::new(Counts::default());
        let seats = Arc::new(Seats::new(counts.clone()));
        let (one, other) = (seats.take(given::caller(1)), seats.take(given::caller(2)));
        seats.end_sessions(&HashSet::from([one.seat.caller.session]));
        assert_eq!((one.seat.ended(), other.seat.ended()), (Some(End::LoggedOut), None));
        assert_eq!(counts.open(), 2);
        drop((one, other));
        assert_eq!(counts.open(), 0);
    }

    #[test]
    fn after_the_end_of_all_a_new_one_ends_at_once() {
        let seats = Arc::new(Seats::new(Arc::new(Counts::default())));
        let before = seats.take(given::caller(1));
        seats.close();
        let after = seats.take(given::caller(2));
        assert_eq!((before.seat.ended(), after.seat.ended()), (Some(End::Quiet), Some(End::Quiet)));
    }

    #[tokio::test(start_paused = true)]
    async fn each_stream_gives_a_sign_of_life_every_fifteen_seconds() {
        let seats = Arc::new(Seats::new(Arc::new(Counts::default())));
        let tickets: Vec<_> = (0..90).map(|n| seats.take(given::caller(n))).collect();
        let beating = tokio::spawn({
            let seats = seats.clone();
            async move { seats.beat().await }
        });
        for _ in 0..3 {
            tokio::time::sleep(BEAT_EVERY).await;
            assert!(tickets.iter().all(|ticket| ticket.seat.take_beat()));
        }
        beating.abort();
    }
}
