//! What those who called were answered, and when.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use world::{Call, Reply};

use super::{ANSWERED, Outage};

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Send,
    /// The timeline, by one who writes nothing.
    Timeline,
    /// The directory, by the same.
    Directory,
    /// The timeline, by one who writes all the time.
    OwnTimeline,
}

impl What {
    pub(super) const ALL: [Self; 4] = [Self::Send, Self::Timeline, Self::Directory, Self::OwnTimeline];
}

/// One answer.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) what: What,
    pub(super) asked: Instant,
    pub(super) took: Duration,
    pub(super) status: u16,
    pub(super) is_stale: bool,
    tells_when: bool,
    /// Which version of the room was made of what was sent.
    version: Option<u64>,
    story: String,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, took, is_stale, story, .. } = self;
        write!(f, "{what:?} after {took:?}, stale: {is_stale}: {story}")
    }
}

impl Seen {
    /// As it should be while nothing is away.
    pub(super) fn is_well(&self) -> bool {
        self.status < 300 && !self.is_stale
    }
}

/// All answers so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    /// Makes a call and notes its answer; a connection that breaks is no answer.
    pub(super) async fn note(&self, what: What, call: Call) -> Reply {
        let asked = Instant::now();
        let reply = call.attempt().await.unwrap_or_else(|error| panic!("{what:?}: no answer: {error:?}"));
        let seen = Seen {
            what,
            asked,
            took: asked.elapsed(),
            status: reply.status,
            is_stale: reply.header("Stale") == Some("true"),
            tells_when: reply.header("Retry-After").is_some(),
            version: (what == What::Send).then(|| reply.body["version"].as_u64()).flatten(),
            story: reply.story(),
        };
        self.0.lock().push(seen);
        reply
    }

    /// Whether everybody was answered well since, each at least once.
    pub(super) fn is_well_since(&self, since: Instant) -> bool {
        let seen = self.0.lock();
        let is_well = |what| seen.iter().any(|seen| seen.what == what && seen.asked >= since && seen.is_well());
        What::ALL.into_iter().all(is_well)
    }

    /// What was asked and answered while a server was away.
    pub(super) fn during(&self, what: What, outage: Outage) -> Vec<Seen> {
        self.between(what, outage.from, outage.until)
    }

    /// The same, once everybody had noticed.
    pub(super) fn once_noticed(&self, what: What, outage: Outage) -> Vec<Seen> {
        self.between(what, outage.noticed, outage.until)
    }

    /// Which versions of the room were made of what was sent while a server was away.
    pub(super) fn sent_during(&self, outage: Outage) -> HashSet<u64> {
        self.during(What::Send, outage).into_iter().filter_map(|seen| seen.version).collect()
    }

    /// Whether anybody was refused.
    pub(super) fn has_refused(&self, what: What) -> bool {
        self.0.lock().iter().any(|seen| seen.what == what && seen.status == 503)
    }

    fn between(&self, what: What, from: Instant, until: Instant) -> Vec<Seen> {
        let seen = self.0.lock();
        let is_meant = |seen: &&Seen| seen.what == what && seen.asked >= from && seen.asked + seen.took <= until;
        seen.iter().filter(is_meant).cloned().collect()
    }

    /// Nobody was refused but these, with 503 and when to come back; and nobody hung. Stale is no refusal.
    pub(super) fn has_nothing_but(&self, refused: &[What]) {
        for seen in &*self.0.lock() {
            let is_refused = seen.status == 503 && seen.tells_when && refused.contains(&seen.what);
            assert!(seen.status < 300 || is_refused, "{seen:?}");
            assert!(seen.took < ANSWERED, "{seen:?}");
        }
    }
}

/// All of these are so, and there are some.
#[track_caller]
pub(super) fn each(seen: &[Seen], is_so: impl Fn(&Seen) -> bool) {
    assert!(!seen.is_empty(), "nobody was answered");
    if let Some(other) = seen.iter().find(|seen| !is_so(seen)) {
        panic!("among {} there is one otherwise: {other:?}", seen.len());
    }
}

/// All were answered, most of them with what is true now: a busy machine may be behind at times and says so, one that has lost its
/// way to be fresh always is.
#[track_caller]
pub(super) fn go_on(seen: &[Seen]) {
    each(seen, |seen| seen.status < 300);
    let stale = seen.iter().filter(|seen| seen.is_stale).count();
    assert!(stale * 2 < seen.len(), "{stale} of {} are stale: {:?}", seen.len(), seen.last());
}
