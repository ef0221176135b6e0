//! How often who may call: a token bucket for each user and each address, by kind of call.
//!
//! Decided in this process, from memory: no call waits for another process. Where processes share, each tells the others a few times
//! a second what was asked of it, and learns how full the buckets are for all. What several let pass before they heard of each other
//! stays owed, so that over time all together let pass as much as one.

mod bucket;
mod buckets;
mod sharing;

use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use domain::UserId;

pub use buckets::{Asked, Owner};
pub use sharing::Together;

use crate::config::{CallKind, CallerLimits, PerCaller, Rate};
use bucket::{Level, Spent};
use buckets::Buckets;

/// Who asks, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asker {
    pub user: Option<UserId>,
    pub address: Option<IpAddr>,
}

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    User,
    Address,
}

/// Whether a call may pass, and what is left of the limit that is nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub whose: Whose,
    /// Calls that may follow at once.
    pub left: u32,
    /// Until as many as ever may.
    pub whole_in: Duration,
    /// How long to wait, if it may not pass.
    pub wait: Option<Duration>,
}

/// The limits, and who has used how much of them.
pub struct Rates {
    limits: Option<CallerLimits>,
    buckets: Buckets,
    began: Instant,
}

impl Rates {
    /// With these limits; where processes share, [`Rates::share`] has to run too.
    #[must_use]
    pub fn new(limits: CallerLimits, is_shared: bool) -> Self {
        Self { limits: Some(limits), buckets: Buckets::new(is_shared), began: Instant::now() }
    }

    /// No limits.
    #[must_use]
    pub fn off() -> Self {
        Self { limits: None, buckets: Buckets::new(false), began: Instant::now() }
    }

    /// What holds for calls of this kind; nothing when there are no limits.
    #[must_use]
    pub fn limits(&self, kind: CallKind) -> PerCaller {
        self.limits.map_or_else(PerCaller::default, |limits| limits.of(kind))
    }

    /// Judges a call; nothing when no limit applies. What may not pass costs nothing.
    #[must_use]
    pub fn ask(&self, kind: CallKind, asker: Asker) -> Option<Verdict> {
        let limits = self.limits?.of(kind);
        let now = self.now();
        let user = asker.user.zip(limits.user).map(|(user, rate)| (Owner::user(kind, user), rate));
        let address = asker.address.zip(limits.address).map(|(address, rate)| (Owner::address(kind, address), rate));
        let by_user = user.map(|(owner, rate)| (Whose::User, rate, self.buckets.take(owner, rate, now)));
        if let Some((whose, rate, Err(spent))) = by_user {
            return Some(refused(whose, rate, spent));
        }
        let by_address = address.map(|(owner, rate)| (Whose::Address, rate, self.buckets.take(owner, rate, now)));
        if let Some((whose, rate, Err(spent))) = by_address {
            if let Some((owner, rate)) = user {
                self.buckets.give_back(owner, rate);
            }
            return Some(refused(whose, rate, spent));
        }
        let passed = [by_user, by_address].into_iter().flatten();
        let nearest = passed.filter_map(|(whose, rate, level)| Some(passing(whose, rate, level.ok()?)));
        nearest.min_by_key(|verdict| verdict.left)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

fn passing(whose: Whose, rate: Rate, Level(owed): Level) -> Verdict {
    let free = rate.whole().saturating_sub(owed).as_nanos() / rate.interval().as_nanos();
    Verdict { whose, left: u32::try_from(free).unwrap_or(u32::MAX), whole_in: owed, wait: None }
}

fn refused(whose: Whose, rate: Rate, Spent(wait): Spent) -> Verdict {
    Verdict { whose, left: 0, whole_in: rate.whole().saturating_add(wait), wait: Some(wait) }
}

/// An address as limits count it: whoever has an IPv6 address has all of its /64.
#[must_use]
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests;
