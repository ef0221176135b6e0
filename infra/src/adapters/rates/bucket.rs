//! One bucket: the time at which it will be full again says all of it (GCRA).

use std::time::Duration;

use crate::config::Rate;

/// How long it takes until everything that was taken is free again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level(pub(super) Duration);

/// Nothing is free before this has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent(pub(super) Duration);

/// What somebody has used of a limit. Times are nanoseconds since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    /// When it is full again; one that is full already is as good as none.
    pub(super) full_at: u64,
    /// Taken since the others were told.
    pub(super) untold: u32,
}

impl Bucket {
    /// Takes a call out of it, at `now`.
    pub(super) fn take(&mut self, rate: Rate, now: u64) -> Result<Level, Spent> {
        let full_at = self.full_at.max(now).saturating_add(nanos(rate.interval()));
        let owed = full_at - now;
        match owed.checked_sub(nanos(rate.whole())) {
            None | Some(0) => {
                self.full_at = full_at;
                Ok(Level(Duration::from_nanos(owed)))
            }
            Some(wait) => Err(Spent(Duration::from_nanos(wait))),
        }
    }

    /// Puts a call back that came to nothing.
    pub(super) fn give_back(&mut self, rate: Rate) {
        self.full_at = self.full_at.saturating_sub(nanos(rate.interval()));
    }

    /// Others have taken too: it owes at least `owed`, and what was taken here since they were told.
    pub(super) fn owes(&mut self, owed: Duration, rate: Rate, now: u64) {
        let untold = rate.interval().saturating_mul(self.untold);
        self.full_at = self.full_at.max(now.saturating_add(nanos(owed.saturating_add(untold))));
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    /// Ten a second, three at once.
    const RATE: Rate = Rate { calls: 10, per: Duration::from_secs(1), burst: 3 };

    fn taken(times: usize, now: u64) -> Bucket {
        let mut bucket = Bucket::default();
        (0..times).for_each(|_| _ = bucket.take(RATE, now));
        bucket
    }

    #[test]
    fn a_burst_passes_and_then_one_an_interval() {
        let mut bucket = taken(3, SECOND);
        assert_eq!(bucket.take(RATE, SECOND), Err(Spent(Duration::from_millis(100))));
        assert_eq!(bucket.take(RATE, SECOND + SECOND / 10), Ok(Level(Duration::from_millis(300))));
        assert_eq!(bucket.take(RATE, SECOND + SECOND / 10), Err(Spent(Duration::from_millis(100))));
        assert_eq!(
            bucket.take(RATE, SECOND * 2),
            Ok(Level(Duration::from_millis(100))),
            "it is full, and not more than full"
        );
    }

    #[test]
    fn what_does_not_pass_costs_nothing() {
        assert_eq!(taken(100, SECOND), taken(3, SECOND));
    }

    #[test]
    fn what_is_given_back_is_free() {
        let mut bucket = taken(3, SECOND);
        bucket.give_back(RATE);
        assert!(bucket.take(RATE, SECOND).is_ok());
    }

    #[test]
    fn what_others_took_is_owed_together_with_what_they_do_not_know_of() {
        let mut bucket = Bucket { full_at: 0, untold: 1 };
        bucket.owes(Duration::from_millis(200), RATE, SECOND);
        assert_eq!(bucket.take(RATE, SECOND), Err(Spent(Duration::from_millis(100))));
        bucket.owes(Duration::ZERO, RATE, SECOND);
        assert!(bucket.take(RATE, SECOND).is_err(), "less is never believed");
    }
}
