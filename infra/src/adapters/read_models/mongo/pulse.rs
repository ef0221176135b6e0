//! The one task of a process that looks where the live generation stands and whether another one is live.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use command_side::ports::Unavailable;
use mongodb::error::Error;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::MongoTimeline;
use super::faults::unread;

/// How often it is looked while somebody waits.
const OFTEN: Duration = Duration::from_millis(3);
/// How often at other times, and for another generation.
const SELDOM: Duration = Duration::from_millis(200);
/// How often it is noted that somebody waits, so that projectors in other processes know.
const NOTE: Duration = Duration::from_millis(500);
/// How long what was seen is relied on: long before the database of a retired generation is dropped.
const RELIED_ON: Duration = Duration::from_secs(2);

/// What is shared by those who wait and the one who looks.
#[derive(Debug)]
pub(super) struct Pulse {
    waiting: AtomicUsize,
    began: Notify,
    last: watch::Sender<Result<Instant, Unavailable>>,
    /// Whether somebody in another process waits.
    others: watch::Sender<bool>,
}

/// Somebody who waits, until it is dropped.
pub(super) struct Waiting<'a>(&'a Pulse);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pulse {
    /// It was looked just now.
    pub(super) fn new() -> Arc<Self> {
        let (last, others) = (watch::Sender::new(Ok(Instant::now())), watch::Sender::new(false));
        Arc::new(Self { waiting: AtomicUsize::new(0), began: Notify::new(), last, others })
    }

    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.began.notify_one();
        Waiting(self)
    }

    /// Whether anybody, here or elsewhere, waits for what is not there yet.
    pub(super) fn is_awaited(&self) -> bool {
        self.is_awaited_here() || *self.others.borrow()
    }

    fn is_awaited_here(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Whether the server answered when it was looked last.
    pub(super) fn is_there(&self) -> Result<(), Unavailable> {
        self.last.borrow().clone().map(|_| ())
    }

    /// Waits until what is known of the live generation is recent; until `end` at most.
    pub(super) async fn is_recent(&self, end: Instant) -> Result<(), Unavailable> {
        let is_known = |last: &Result<Instant, _>| last.as_ref().map_or(true, |at| at.elapsed() < RELIED_ON);
        let mut last = self.last.subscribe();
        match timeout_at(end, last.wait_for(is_known)).await {
            Ok(Ok(last)) => last.clone().map(|_| ()),
            _ => Err(Unavailable("the timeline: MongoDB does not answer".to_owned())),
        }
    }

    fn note(&self, looked: Result<bool, &Error>) {
        if let Ok(others) = looked {
            self.others.send_replace(others);
        }
        let _ = self.last.send_replace(looked.map(|_| Instant::now()).map_err(|error| unread(error.clone())));
    }
}

/// Looks for as long as anybody needs the timeline.
pub(super) async fn beat(timeline: Weak<MongoTimeline>, pulse: Arc<Pulse>) {
    let mut beat = Beat { followed: Instant::now(), noted: None, is_away: false };
    loop {
        let Some(timeline) = timeline.upgrade() else { return };
        beat.once(&timeline, &pulse).await;
        drop(timeline);
        if pulse.is_awaited_here() && !beat.is_away {
            tokio::time::sleep(OFTEN).await;
        } else {
            // Whoever begins to wait ends this one.
            let _ = timeout(SELDOM, pulse.began.notified()).await;
        }
    }
}

struct Beat {
    followed: Instant,
    noted: Option<Instant>,
    is_away: bool,
}

impl Beat {
    async fn once(&mut self, timeline: &Arc<MongoTimeline>, pulse: &Pulse) {
        let looked = self.look(timeline, pulse).await;
        if let Err(error) = &looked
            && !self.is_away
        {
            tracing::warn!(error = %error.kind, "the timeline can not be looked at");
        }
        self.is_away = looked.is_err();
        pulse.note(looked.as_ref().copied());
    }

    /// Whether somebody in another process waits.
    async fn look(&mut self, timeline: &Arc<MongoTimeline>, pulse: &Pulse) -> Result<bool, Error> {
        let live = timeline.live();
        let seen = live.look().await?;
        if seen.is_retired || self.followed.elapsed() >= SELDOM {
            timeline.keep_up().await?;
            self.followed = Instant::now();
        }
        if pulse.is_awaited_here() && self.noted.is_none_or(|noted| noted.elapsed() >= NOTE) {
            live.state.note_waiting().await?;
            self.noted = Some(Instant::now());
        }
        Ok(seen.is_awaited)
    }
}
