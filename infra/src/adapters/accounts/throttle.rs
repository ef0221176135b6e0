//! Slowing down guesses: per account and per address, in this process.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use command_side::ports::Throttle;
use parking_lot::Mutex;

/// Failures are forgotten after this.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Failures of one account before it must wait.
const FREE_FOR_ACCOUNT: u32 = 5;
/// Failures from one address before it must wait; many people may share one.
const FREE_FOR_ADDRESS: u32 = 50;
/// The first wait; each further failure doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// Names that are remembered at once; beyond, the oldest failures are forgotten early.
const MOST: usize = 50_000;

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn wait(&self, free: u32) -> Option<Duration> {
        let over = self.count.checked_sub(free)?;
        let wait = FIRST_WAIT.saturating_mul(1 << over.min(10)).min(WINDOW);
        wait.checked_sub(self.last.elapsed()).filter(|left| !left.is_zero())
    }
}

/// Failed logins, by account and by address.
#[derive(Default)]
pub struct InProcessThrottle {
    is_off: bool,
    failures: Mutex<HashMap<String, Failures>>,
}

impl InProcessThrottle {
    /// A throttle that slows nobody down.
    #[must_use]
    pub fn off() -> Self {
        Self { is_off: true, ..Self::default() }
    }

    fn note(&self, name: String) {
        let mut failures = self.failures.lock();
        if failures.len() >= MOST {
            failures.retain(|_, failures| failures.last.elapsed() < WINDOW / 3);
        }
        let now = Instant::now();
        let one = failures.entry(name).or_insert(Failures { count: 0, last: now });
        if one.last.elapsed() >= WINDOW {
            one.count = 0;
        }
        *one = Failures { count: one.count + 1, last: now };
    }
}

fn account_name(account: &str) -> String {
    format!("account {account}")
}

fn address_name(address: &str) -> String {
    format!("address {address}")
}

#[async_trait]
impl Throttle for InProcessThrottle {
    async fn wait(&self, account: &str, address: &str) -> Option<Duration> {
        let failures = self.failures.lock();
        let wait = |name: String, free| failures.get(&name).and_then(|failures| failures.wait(free));
        wait(account_name(account), FREE_FOR_ACCOUNT).max(wait(address_name(address), FREE_FOR_ADDRESS))
    }

    async fn failed(&self, account: &str, address: &str) {
        if !self.is_off {
            self.note(account_name(account));
            self.note(address_name(address));
        }
    }

    async fn succeeded(&self, account: &str) {
        self.failures.lock().remove(&account_name(account));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sixth_attempt_after_five_failures_must_wait_and_longer_after_each() {
        let throttle = InProcessThrottle::default();
        for _ in 0..FREE_FOR_ACCOUNT {
            assert_eq!(throttle.wait("ann", "::1").await, None);
            throttle.failed("ann", "::1").await;
        }
        let first = throttle.wait("ann", "::1").await.expect("must wait");
        throttle.failed("ann", "::1").await;
        assert!(throttle.wait("ann", "::1").await.expect("must wait") > first);
        assert_eq!(throttle.wait("bob", "::1").await, None);
        throttle.succeeded("ann").await;
        assert_eq!(throttle.wait("ann", "::1").await, None);
    }
}
