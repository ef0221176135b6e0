//! The suites on Redis, each with keys of its own, and what happens when that is emptied or away.

mod apart;
mod away;
mod presence;
pub(super) mod server;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use infra::adapters::partitions::Partitions;
use infra::adapters::rates::Rates;
use infra::adapters::redis::{Redis, RedisNotes, RedisPresence, RedisRates, RedisThrottle, RedisWatchers};
use infra::adapters::shared_freshness::{Ends, SharedFreshness};
use infra::adapters::vault::secrets::Secrets;
use infra::config::LoginFailures;
use parking_lot::Mutex;
use query_side::Positions;
use tokio::task::JoinSet;

use super::freshness::{HEAD, Notes, Process, everywhere};
use super::presence::{LIFE, Places};
use super::rates::Gates;
use super::throttle::Doors;
use super::watchers::Windows;
use super::{freshness, rates, throttle, watchers};
use server::Keys;

const PARTITIONS: Partitions = Partitions::Topics(2);

/// Where nothing is away, an answer is waited for as long as a loaded machine may need.
const LONG: Duration = Duration::from_secs(10);

impl Keys {
    pub(in crate::contract) fn redis(&self, patience: Option<Duration>) -> Arc<Redis> {
        let redis = match patience {
            Some(patience) => Redis::with_patience(&self.url, &self.identity, patience),
            None => Redis::at(&self.url, &self.identity),
        };
        redis.expect("a URL of Redis")
    }

    /// Notes of two processes; `patience` is the program's own if there is none.
    fn notes(self, patience: Option<Duration>) -> Notes {
        let log = Arc::new(Mutex::new(Some(everywhere(PARTITIONS, HEAD))));
        let process = || process(&log, RedisNotes::new(self.redis(patience), None));
        let (one, other) = (process(), process());
        Notes { one, other, partitions: PARTITIONS, ends: log, _kept: Box::new(self) }
    }

    /// Who is there, for two processes.
    fn places(self, patience: Option<Duration>) -> Places {
        let process = || Arc::new(RedisPresence::new(self.redis(patience), LIFE)).into();
        let (one, other) = (process(), process());
        Places { one, other, _kept: Box::new(self) }
    }

    /// The watchers of two processes.
    fn windows(self, patience: Option<Duration>) -> Windows {
        let (told, telling) = RedisWatchers::new(self.redis(patience));
        let (asked, _) = RedisWatchers::new(self.redis(patience));
        let mut beside = JoinSet::new();
        beside.spawn(telling.run());
        Windows { told, asked, _kept: Box::new((self, beside)) }
    }

    /// The limits of two processes.
    fn gates(self, patience: Option<Duration>) -> Gates {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = Arc::new(Secrets::open(folder.path()).expect("secrets"));
        let mut sharing = JoinSet::new();
        let mut gate = || {
            let gate = Arc::new(Rates::new(rates::limits(), true));
            sharing.spawn(gate.clone().share(Arc::new(RedisRates::new(self.redis(patience), secrets.clone()))));
            gate
        };
        let (one, other) = (gate(), gate());
        Gates { one, other, excess: rates::BURST / 3, _kept: Box::new((self, sharing)) }
    }

    /// The throttle of two processes.
    fn doors(self, patience: Option<Duration>) -> Doors {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = Arc::new(Secrets::open(folder.path()).expect("secrets"));
        let door = || Arc::new(RedisThrottle::new(self.redis(patience), secrets.clone(), LoginFailures::default()));
        Doors { one: door(), other: door(), _kept: Box::new(self) }
    }
}

/// A process with these notes, for which the log ends as `log` says.
fn process(log: &Arc<Mutex<Option<Positions>>>, notes: RedisNotes) -> Process {
    let log = log.clone();
    let ends: Ends = Arc::new(move || {
        let ends = log.lock().clone();
        Box::pin(std::future::ready(ends))
    });
    let notes = Arc::new(SharedFreshness::new(PARTITIONS, ends, Some(notes)));
    Process { written: notes.clone(), freshness: notes }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn freshness_on_redis() {
    if Keys::rent().is_some() {
        freshness::suite(async || Keys::rent().expect("there is a server").notes(Some(LONG))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_throttle_on_redis() {
    if Keys::rent().is_some() {
        throttle::suite(async || Keys::rent().expect("there is a server").doors(Some(LONG))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_on_redis() {
    if Keys::rent().is_some() {
        super::presence::suite(async || Keys::rent().expect("there is a server").places(Some(LONG))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_on_redis() {
    if Keys::rent().is_some() {
        watchers::suite(async || Keys::rent().expect("there is a server").windows(Some(LONG))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rates_on_redis() {
    if Keys::rent().is_some() {
        rates::suite(async || Keys::rent().expect("there is a server").gates(Some(LONG))).await;
    }
}
