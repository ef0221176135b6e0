//! How often callers may ask for what, and how often they may guess a password.

use std::time::Duration;

use super::parse::{Limits, WAITS};
use super::{CallKind, Error, Sources};

/// So many calls a span of time, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub calls: u32,
    pub per: Duration,
    /// How many may come at once after a pause.
    pub burst: u32,
}

/// The limits of one kind of call; none where there is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerCaller {
    /// Of each signed-in user.
    pub user: Option<Rate>,
    /// Of each client's address.
    pub address: Option<Rate>,
}

/// Failed logins that cost nothing; after those one waits, longer each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginFailures {
    pub per_account: u32,
    pub per_address: u32,
    /// Failures are forgotten so long after the last.
    pub window: Duration,
}

/// What callers are held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerLimits {
    /// By kind of call.
    calls: [PerCaller; CallKind::ALL.len()],
    pub login_failures: LoginFailures,
}

impl CallerLimits {
    /// The limits of calls of this kind.
    #[must_use]
    pub const fn of(&self, kind: CallKind) -> PerCaller {
        self.calls[kind as usize]
    }

    pub(super) fn read(sources: &Sources) -> Result<Self, Error> {
        let rate = |name| sources.read(name, rate);
        let both = |user, address| Ok::<_, Error>(PerCaller { user: rate(user)?, address: rate(address)? });
        // Nobody is signed in yet who logs in or registers.
        let anybody = |address| Ok::<_, Error>(PerCaller { user: None, address: rate(address)? });
        let count = |name| sources.read(name, count);
        Ok(Self {
            calls: [
                both("commands_per_user", "commands_per_address")?,
                both("queries_per_user", "queries_per_address")?,
                both("streams_per_user", "streams_per_address")?,
                anybody("logins_per_address")?,
                anybody("registrations_per_address")?,
                both("exports_per_user", "exports_per_address")?,
            ],
            login_failures: LoginFailures {
                per_account: count("login_failures_per_account")?,
                per_address: count("login_failures_per_address")?,
                window: sources.read("login_failures_window", WAITS.duration())?,
            },
        })
    }
}

impl Default for LoginFailures {
    fn default() -> Self {
        Self { per_account: 5, per_address: 50, window: Duration::from_secs(15 * 60) }
    }
}

impl Rate {
    /// How long it takes until one more call is free.
    #[must_use]
    pub fn interval(self) -> Duration {
        (self.per / self.calls.max(1)).max(Duration::from_nanos(1))
    }

    /// How long it takes until a spent burst is free again.
    #[must_use]
    pub fn whole(self) -> Duration {
        self.interval().saturating_mul(self.burst)
    }
}

/// `50/s:1000` is 50 a second, and 1000 at once; without the second number as many at once as in a span.
fn rate(text: &str) -> Result<Option<Rate>, String> {
    if text == "off" {
        return Ok(None);
    }
    parsed(text).map(Some).ok_or_else(|| {
        "off, or calls a span and how many at once, such as 50/s:1000, 10/m or 5/15m:20, is expected".to_owned()
    })
}

fn parsed(text: &str) -> Option<Rate> {
    let (calls, rest) = text.split_once('/')?;
    let (span, burst) = rest.split_once(':').unwrap_or((rest, calls));
    // `s` is `1s`.
    let span = if span.starts_with(|c: char| c.is_ascii_digit()) { span.to_owned() } else { format!("1{span}") };
    let is_named = span.ends_with(|c: char| c.is_ascii_alphabetic());
    let per = WAITS.duration()(&span).ok().filter(|_| is_named)?;
    Some(Rate { calls: count(calls).ok()?, per, burst: count(burst).ok()? })
}

fn count(text: &str) -> Result<u32, String> {
    Limits(1, 1_000_000).number()(text).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(calls: u32, seconds: u64, burst: u32) -> Result<Option<Rate>, String> {
        Ok(Some(Rate { calls, per: Duration::from_secs(seconds), burst }))
    }

    #[test]
    fn a_rate_is_calls_a_span_and_a_burst() {
        assert_eq!(rate("50/s:1000"), of(50, 1, 1000));
        assert_eq!(rate("10/m"), of(10, 60, 10));
        assert_eq!(rate("5/15m:20"), of(5, 900, 20));
        assert_eq!(rate("off"), Ok(None));
        for wrong in ["", "50", "50/", "/s", "50/s:", "0/s", "5/s:0", "5/x", "5/0s", "5/7", "-1/s", "5/s:1e3", "5/2h"] {
            let why = rate(wrong).expect_err(wrong);
            assert!(why.contains("50/s:1000"), "{why}");
        }
    }

    #[test]
    fn a_burst_is_free_again_after_as_long_as_its_calls_take() {
        let rate = Rate { calls: 50, per: Duration::from_secs(1), burst: 1000 };
        assert_eq!((rate.interval(), rate.whole()), (Duration::from_millis(20), Duration::from_secs(20)));
    }
}
