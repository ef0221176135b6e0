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
    probe: Box<Probe>,
    /// So that only a change is logged, not each look.
    was_away: AtomicBool,
}

/// What the process depends on.
#[derive(Clone, Default)]
pub struct Readiness(Vec<Arc<Check>>);

impl Readiness {
    /// Adds a part; `probe` says why it is away, for the log only.
    #[must_use]
    pub fn with<F, A>(mut self, part: &'static str, probe: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        let probe = Box::new(move || -> BoxFuture<'static, Result<(), String>> { Box::pin(probe()) });
        self.0.push(Arc::new(Check { part, probe, was_away: AtomicBool::new(false) }));
        self
    }

    /// Each part and whether it is there.
    pub async fn look(&self) -> Vec<(&'static str, bool)> {
        join_all(self.0.iter().map(|check| check.look())).await
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
