//! Saying where all processes look that Redis can not be reached from here, and looking there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::adapters::notice::Notice;

/// How long what was seen counts.
const COUNTS: Duration = Duration::from_millis(250);
/// How long is waited for a look, and what was seen before counts after that.
const PATIENCE: Duration = Duration::from_millis(50);
/// So long after a notice is up nobody goes by what they saw before.
const KNOWN: Duration = Duration::from_millis(400);
/// How long a notice stays up by itself: for whoever put it up and died with what it had not written, a while longer than any read
/// model is behind.
const LASTS: Duration = Duration::from_secs(60);
/// It is put up anew when it would stay up no longer than this.
const RENEW: Duration = Duration::from_secs(40);
/// How long the store is waited for.
const PUT_UP: Duration = Duration::from_secs(1);

/// Reads and puts up notices, neither more often than needed.
pub(super) struct Board {
    notice: Arc<dyn Notice>,
    look: Mutex<Option<Look>>,
    /// What was seen last. Before the first look it may be up.
    was_up: Arc<AtomicBool>,
    ours: watch::Sender<Option<Ours>>,
}

/// One look, for all who want to know meanwhile.
#[derive(Clone)]
struct Look {
    began: Instant,
    answer: Shared<BoxFuture<'static, bool>>,
}

/// That this process has one up.
#[derive(Clone, Copy)]
struct Ours {
    known_at: Instant,
    until: Instant,
}

impl Board {
    pub(super) fn new(notice: Arc<dyn Notice>) -> Self {
        let was_up = Arc::new(AtomicBool::new(true));
        Self { notice, look: Mutex::default(), was_up, ours: watch::Sender::default() }
    }

    /// Whether any process has a notice up. While the store does not say so in time, it is as it was.
    pub(super) async fn is_up(&self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let look = self.look();
            match timeout_at(deadline, look.answer).await {
                Ok(is_up) if look.began.elapsed() < COUNTS + PATIENCE => return is_up,
                // It took long: what was seen is no news any more.
                Ok(_) => {}
                Err(_) => return self.was_up.load(Ordering::Acquire),
            }
        }
    }

    /// The look that counts, or a new one: never two at a time.
    fn look(&self) -> Look {
        let mut look = self.look.lock();
        match &*look {
            Some(look) if look.answer.peek().is_none() || look.began.elapsed() < COUNTS => look.clone(),
            _ => look.insert(self.begin()).clone(),
        }
    }

    fn begin(&self) -> Look {
        let (notice, was_up) = (self.notice.clone(), self.was_up.clone());
        let looking = async move {
            if let Ok(is_up) = notice.is_up().await {
                was_up.store(is_up, Ordering::Release);
            }
            was_up.load(Ordering::Acquire)
        };
        let answer = looking.boxed().shared();
        tokio::spawn(answer.clone());
        Look { began: Instant::now(), answer }
    }

    /// Puts up a notice of this process, or keeps it up.
    pub(super) async fn put_up(&self) {
        let asked = Instant::now();
        if self.ours.borrow().is_some_and(|ours| ours.until > asked + RENEW) {
            return;
        }
        match timeout(PUT_UP, self.notice.put_up(LASTS)).await {
            Ok(Ok(())) => self.ours.send_modify(|ours| {
                let still = ours.filter(|ours| ours.until > asked);
                let known_at = still.map_or_else(|| Instant::now() + KNOWN, |ours| ours.known_at);
                *ours = Some(Ours { known_at, until: asked + LASTS });
            }),
            Ok(Err(reason)) => tracing::debug!(%reason, "others can not be told that Redis is away"),
            Err(_) => tracing::debug!("others can not be told in time that Redis is away"),
        }
    }

    /// Waits until everybody goes by the notice of this process.
    pub(super) async fn is_known(&self) {
        let mut ours = self.ours.subscribe();
        let is_up = |ours: &Option<Ours>| ours.is_some_and(|ours| ours.until > Instant::now());
        let known_at = ours.wait_for(is_up).await.map(|ours| ours.map(|ours| ours.known_at));
        match known_at {
            Ok(Some(known_at)) => sleep_until(known_at).await,
            _ => std::future::pending().await,
        }
    }

    /// Takes the notice of this process down, if there is one. One that stays goes by itself.
    pub(super) async fn take_down(&self) {
        if self.ours.send_replace(None).is_some()
            && let Err(reason) = self.notice.take_down().await
        {
            tracing::debug!(%reason, "the notice that Redis is away stays a while");
        }
    }
}
