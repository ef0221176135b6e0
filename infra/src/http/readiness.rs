//! Whether this process can answer anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use tokio::time::timeout;

/// A part that does not answer within this is away.
const PATIENCE: Duration = Duration::from_secs(1);

type Probe = dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync;

struct Check {
    part: &'static str,
    /// Whether the process can do nothing without it.
    is_needed: bool,
    probe: Box<Probe>,
    /// So that only a change is logged, not each look.
    was_away: AtomicBool,
}

/// What the process depends on.
#[derive(Clone, Default)]
pub struct Readiness(Vec<Arc<Check>>);

impl Readiness {
    /// Adds a part that the process can do nothing without; `probe` says why it is away, for the log only.
    #[must_use]
    pub fn with<F, A>(self, part: &'static str, probe: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.add(part, true, probe)
    }

    /// Adds a part without which some calls can still be answered: it is named when it is away, and the process stays ready.
    #[must_use]
    pub fn wishing<F, A>(self, part: &'static str, probe: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.add(part, false, probe)
    }

    fn add<F, A>(mut self, part: &'static str, is_needed: bool, probe: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        let probe = Box::new(move || -> BoxFuture<'static, Result<(), String>> { Box::pin(probe()) });
        self.0.push(Arc::new(Check { part, is_needed, probe, was_away: AtomicBool::new(false) }));
        self
    }

    /// Each part and whether it is there; and whether all are that are needed.
    pub async fn look(&self) -> (Vec<(&'static str, bool)>, bool) {
        let parts = join_all(self.0.iter().map(|check| check.look())).await;
        let is_ready = self.0.iter().zip(&parts).all(|(check, (_, is_there))| *is_there || !check.is_needed);
        (parts, is_ready)
    }
}

impl Check {
    async fn look(&self) -> (&'static str, bool) {
        let answer = timeout(PATIENCE, (self.probe)()).await.unwrap_or_else(|_| Err("no answer".to_owned()));
        let was_away = self.was_away.swap(answer.is_err(), Ordering::Relaxed);
        match &answer {
            Err(reason) if !was_away => tracing::warn!(part = self.part, reason, "not ready"),
            Ok(()) if was_away => tracing::info!(part = self.part, "ready again"),
            _ => {}
        }
        (self.part, answer.is_ok())
    }
}
