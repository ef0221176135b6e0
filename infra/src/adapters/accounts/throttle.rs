//! Slowing down guesses: per account and per address, in this process.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use command_side::ports::Throttle;
use parking_lot::Mutex;

use crate::config::LoginFailures;

/// The first wait; each further failure doubles it, up to the window.
pub(in crate::adapters) const FIRST_WAIT: Duration = Duration::from_secs(30);
/// Names that are remembered at once; beyond, the older half is forgotten early.
const MOST: usize = 50_000;

/// Whose failures they are, and how many there are before one must wait.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::adapters) enum Whose {
    Account,
    /// Many people may share one.
    Address,
}

impl LoginFailures {
    pub(in crate::adapters) const fn free(&self, whose: Whose) -> u32 {
        match whose {
            Whose::Account => self.per_account,
            Whose::Address => self.per_address,
        }
    }
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    /// How many of them nobody else knows of.
    owed: u32,
    last: Instant,
}

impl Failures {
    /// How long to wait at `now`, when `free` failures are none; never longer than `most`.
    fn wait(self, free: u32, most: Duration, now: Instant) -> Option<Duration> {
        let doublings = self.count.checked_sub(free)?;
        let wait = FIRST_WAIT.saturating_mul(1 << doublings.min(10)).min(most);
        wait.checked_sub(now.saturating_duration_since(self.last)).filter(|left| !left.is_zero())
    }
}

/// Failures by the hash of a name, so that long names take no more memory than short ones.
#[derive(Default)]
struct Failed {
    limits: LoginFailures,
    hasher: RandomState,
    of: HashMap<u64, Failures>,
}

impl Failed {
    fn wait(&self, whose: Whose, name: &str, now: Instant) -> Option<Duration> {
        let failures = self.of.get(&self.hasher.hash_one((whose, name)))?;
        failures.wait(self.limits.free(whose), self.limits.window, now)
    }

    fn note(&mut self, whose: Whose, name: &str, now: Instant) {
        if self.of.len() >= MOST {
            self.forget_older_half();
        }
        let none = Failures { count: 0, owed: 0, last: now };
        let failures = self.of.entry(self.hasher.hash_one((whose, name))).or_insert(none);
        if now.saturating_duration_since(failures.last) >= self.limits.window {
            *failures = none;
        }
        let (count, owed) = (failures.count.saturating_add(1), failures.owed.saturating_add(1));
        *failures = Failures { count, owed, last: now };
    }

    fn owed(&mut self, whose: Whose, name: &str) -> Option<&mut u32> {
        self.of.get_mut(&self.hasher.hash_one((whose, name))).map(|failures| &mut failures.owed)
    }

    fn forget_older_half(&mut self) {
        let mut times: Vec<_> = self.of.values().map(|failures| failures.last).collect();
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        let median = *median;
        self.of.retain(|_, failures| failures.last > median);
    }
}

/// Failed logins, by account and by address.
#[derive(Default)]
pub struct InProcessThrottle {
    is_off: bool,
    failed: Mutex<Failed>,
}

impl InProcessThrottle {
    /// One that begins to slow down after so many failures.
    #[must_use]
    pub fn new(limits: LoginFailures) -> Self {
        Self { is_off: false, failed: Mutex::new(Failed { limits, ..Failed::default() }) }
    }

    /// A throttle that slows nobody down.
    #[must_use]
    pub fn off() -> Self {
        Self { is_off: true, ..Self::default() }
    }

    /// How many failures of a name others were not told of.
    pub(in crate::adapters) fn owed(&self, whose: Whose, name: &str) -> u32 {
        self.failed.lock().owed(whose, name).map_or(0, |owed| *owed)
    }

    /// Others know of every failure of this name by now.
    pub(in crate::adapters) fn told(&self, whose: Whose, name: &str) {
        if let Some(owed) = self.failed.lock().owed(whose, name) {
            *owed = 0;
        }
    }

    /// One more, of which others know.
    pub(in crate::adapters) fn note_told(&self, whose: Whose, name: &str) {
        let mut failed = self.failed.lock();
        failed.note(whose, name, Instant::now());
        if let Some(owed) = failed.owed(whose, name) {
            *owed = 0;
        }
    }
}

#[async_trait]
impl Throttle for InProcessThrottle {
    async fn begin(&self, account: &str, address: &str) -> Option<Duration> {
        if self.is_off {
            return None;
        }
        let (mut failed, now) = (self.failed.lock(), Instant::now());
        let wait = failed.wait(Whose::Account, account, now).max(failed.wait(Whose::Address, address, now));
        if wait.is_none() {
            failed.note(Whose::Account, account, now);
        }
        wait
    }

    // Not before it failed: many people behind one address may log in at the same time.
    async fn failed(&self, address: &str) {
        if !self.is_off {
            self.failed.lock().note(Whose::Address, address, Instant::now());
        }
    }

    async fn succeeded(&self, account: &str) {
        let mut failed = self.failed.lock();
        let account = failed.hasher.hash_one((Whose::Account, account));
        failed.of.remove(&account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(15 * 60);
    const MINUTE: Duration = Duration::from_secs(60);

    /// Ann, after so many failures at `now`.
    fn failures(count: u32, now: Instant) -> Failed {
        let mut failed = Failed::default();
        (0..count).for_each(|_| failed.note(Whose::Account, "ann", now));
        failed
    }

    #[test]
    fn after_five_failures_one_waits_and_twice_as_long_after_each_up_to_the_window() {
        let now = Instant::now();
        let wait = |count| failures(count, now).wait(Whose::Account, "ann", now);
        assert_eq!(wait(4), None);
        let seconds: Vec<_> = (5..=12).filter_map(wait).map(|wait| wait.as_secs()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(wait(1000), Some(WINDOW));
    }

    #[test]
    fn waiting_is_over_when_it_is_over() {
        let now = Instant::now();
        let failed = failures(6, now);
        assert_eq!(failed.wait(Whose::Account, "ann", now + Duration::from_secs(45)), Some(Duration::from_secs(15)));
        assert_eq!(failed.wait(Whose::Account, "ann", now + MINUTE), None);
    }

    #[test]
    fn failures_are_forgotten_a_quarter_of_an_hour_after_the_last() {
        let now = Instant::now();
        let (mut kept, mut forgotten) = (failures(5, now), failures(5, now));
        kept.note(Whose::Account, "ann", now + WINDOW - MINUTE);
        assert!(kept.wait(Whose::Account, "ann", now + WINDOW - MINUTE).is_some());
        forgotten.note(Whose::Account, "ann", now + WINDOW);
        assert_eq!(forgotten.wait(Whose::Account, "ann", now + WINDOW), None);
    }

    #[test]
    fn no_more_names_are_remembered_than_a_bound_and_the_newest_of_them() {
        let now = Instant::now();
        let mut failed = Failed::default();
        for number in 0..=MOST {
            let at = now + Duration::from_millis(number as u64);
            (0..5).for_each(|_| failed.note(Whose::Account, &number.to_string(), at));
        }
        assert!(failed.of.len() <= MOST);
        let at = now + Duration::from_millis(MOST as u64);
        assert!(failed.wait(Whose::Account, &MOST.to_string(), at).is_some());
    }

    #[tokio::test]
    async fn an_account_and_an_address_are_slowed_down_apart_and_a_success_forgives_the_account() {
        let throttle = InProcessThrottle::default();
        for number in 0..50 {
            assert_eq!(throttle.begin(&number.to_string(), "::1").await, None);
            throttle.failed("::1").await;
            throttle.begin("ann", "::2").await;
        }
        assert!(throttle.begin("nobody", "::1").await.is_some(), "fifty from one address");
        assert!(throttle.begin("ann", "::3").await.is_some(), "whatever the address");
        throttle.succeeded("ann").await;
        assert_eq!(throttle.begin("ann", "::3").await, None);
    }

    #[tokio::test]
    async fn guesses_at_the_same_time_are_no_more_than_one_after_another() {
        let throttle = InProcessThrottle::default();
        let mut begun = 0;
        for _ in 0..100 {
            begun += u32::from(throttle.begin("ann", "::1").await.is_none());
        }
        assert_eq!(begun, LoginFailures::default().per_account);
    }

    #[tokio::test]
    async fn when_it_is_off_nobody_waits() {
        let throttle = InProcessThrottle::off();
        for _ in 0..100 {
            throttle.failed("::1").await;
            assert_eq!(throttle.begin("ann", "::1").await, None);
        }
    }
}
