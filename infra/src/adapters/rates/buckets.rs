//! All buckets of the process: a bounded number of them, each under one of a few locks.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use domain::UserId;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::bucket::{Bucket, Level, Spent};
use super::{Whose, counted};
use crate::config::{CallKind, Rate};

const SHARDS: usize = 16;
/// Buckets in one of them, about 60 bytes each. Beyond, those that are full go, and then those that are nearly so:
/// who comes with ever new addresses does not wash away what others owe.
const MOST: usize = 8192;
/// Others are told at once when so much of a burst was taken here since they last were.
const URGENT: u32 = 10;

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    pub kind: CallKind,
    pub whose: Whose,
    /// The user's id, or the address as it is counted.
    pub who: u128,
}

impl Owner {
    pub(super) const fn user(kind: CallKind, user: UserId) -> Self {
        Self { kind, whose: Whose::User, who: user.0.as_u128() }
    }

    pub(super) fn address(kind: CallKind, address: IpAddr) -> Self {
        let bits = match counted(address) {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits(),
        };
        Self { kind, whose: Whose::Address, who: bits }
    }

    /// Users' ids are random at their end and addresses at their beginning.
    fn shard(self) -> usize {
        let mixed = (self.who ^ (self.who >> 64)).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        usize::try_from(mixed >> 124).unwrap_or(0) % SHARDS
    }
}

/// What others do not know of yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub owner: Owner,
    pub times: u32,
    pub rate: Rate,
}

#[derive(Default)]
struct Shard {
    of: HashMap<Owner, Bucket>,
    /// Those of which something is untold.
    untold: Vec<(Owner, Rate)>,
}

pub(super) struct Buckets {
    shards: [Mutex<Shard>; SHARDS],
    is_shared: bool,
    /// Told when others should be told soon.
    pub(super) urgent: Notify,
}

impl Buckets {
    pub(super) fn new(is_shared: bool) -> Self {
        Self { shards: Default::default(), is_shared, urgent: Notify::new() }
    }

    /// Takes a call out of the bucket of `owner`.
    pub(super) fn take(&self, owner: Owner, rate: Rate, now: u64) -> Result<Level, Spent> {
        let mut shard = self.shards[owner.shard()].lock();
        let bucket = shard.of.get_mut(&owner);
        let Some(bucket) = bucket else { return shard.first(owner, rate, now, self.is_shared) };
        let level = bucket.take(rate, now)?;
        if self.is_shared {
            bucket.untold += 1;
            let untold = bucket.untold;
            if untold == 1 {
                shard.untold.push((owner, rate));
            }
            if untold >= (rate.burst / URGENT).max(1) {
                self.urgent.notify_one();
            }
        }
        Ok(level)
    }

    /// Puts a call back that came to nothing.
    pub(super) fn give_back(&self, owner: Owner, rate: Rate) {
        if let Some(bucket) = self.shards[owner.shard()].lock().of.get_mut(&owner) {
            bucket.give_back(rate);
            bucket.untold = bucket.untold.saturating_sub(1);
        }
    }

    /// What others do not know of yet; from now on they do.
    pub(super) fn tell(&self) -> Vec<Asked> {
        let mut asked = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock();
            for (owner, rate) in std::mem::take(&mut shard.untold) {
                let times = shard.of.get_mut(&owner).map_or(0, |bucket| std::mem::take(&mut bucket.untold));
                if times > 0 {
                    asked.push(Asked { owner, times, rate });
                }
            }
        }
        asked
    }

    /// Learns what a bucket owes for all.
    pub(super) fn owes(&self, asked: &Asked, owed: Duration, now: u64) {
        if let Some(bucket) = self.shards[asked.owner.shard()].lock().of.get_mut(&asked.owner) {
            bucket.owes(owed, asked.rate, now);
        }
    }
}

impl Shard {
    fn first(&mut self, owner: Owner, rate: Rate, now: u64, is_shared: bool) -> Result<Level, Spent> {
        if self.of.len() >= MOST {
            self.forget(now);
        }
        let mut bucket = Bucket { untold: u32::from(is_shared), ..Bucket::default() };
        let level = bucket.take(rate, now);
        self.of.insert(owner, bucket);
        if is_shared {
            self.untold.push((owner, rate));
        }
        level
    }

    fn forget(&mut self, now: u64) {
        self.of.retain(|_, bucket| bucket.full_at > now);
        if self.of.len() < MOST / 2 {
            return;
        }
        let mut times: Vec<_> = self.of.values().map(|bucket| bucket.full_at).collect();
        let middle = times.len() / 2;
        let median = *times.select_nth_unstable(middle).1;
        self.of.retain(|_, bucket| bucket.full_at > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { calls: 1, per: Duration::from_secs(1), burst: 5 };

    fn address(number: u32) -> Owner {
        Owner::address(CallKind::Query, std::net::Ipv4Addr::from_bits(number).into())
    }

    #[test]
    fn ever_new_addresses_take_no_more_memory_than_a_bound_and_who_owes_most_is_remembered() {
        let buckets = Buckets::new(false);
        let debtor = address(0);
        (0..5).for_each(|_| _ = buckets.take(debtor, RATE, 0));
        for number in 1..=u32::try_from(2 * SHARDS * MOST).expect("it fits") {
            assert!(buckets.take(address(number), RATE, 0).is_ok());
        }
        let kept: usize = buckets.shards.iter().map(|shard| shard.lock().of.len()).sum();
        assert!(kept <= SHARDS * MOST, "{kept}");
        assert!(buckets.take(debtor, RATE, 0).is_err(), "its debt is not washed away");
    }

    #[test]
    fn addresses_and_users_are_spread_over_the_locks() {
        let spread = |owners: Vec<Owner>| {
            let mut counts = [0; SHARDS];
            owners.into_iter().for_each(|owner| counts[owner.shard()] += 1);
            assert!(counts.iter().all(|count| (30..300).contains(count)), "{counts:?}");
        };
        spread((0..1600).map(address).collect());
        let user = |_| Owner::user(CallKind::Query, UserId(uuid::Uuid::now_v7()));
        spread((0..1600).map(user).collect());
    }

    #[test]
    fn what_was_taken_is_told_once() {
        let buckets = Buckets::new(true);
        (0..3).for_each(|_| _ = buckets.take(address(1), RATE, 0));
        buckets.give_back(address(1), RATE);
        let asked = Asked { owner: address(1), times: 2, rate: RATE };
        assert_eq!((buckets.tell(), buckets.tell()), (vec![asked], vec![]));
        _ = buckets.take(address(1), RATE, 0);
        assert_eq!(buckets.tell(), [Asked { times: 1, ..asked }]);
    }
}
