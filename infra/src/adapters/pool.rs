//! Work that takes a processor for long, on a few threads: a flood of it waits in line and does not take the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use command_side::ports::Unavailable;
use tokio::sync::Semaphore;

/// A bounded pool.
pub struct Pool {
    threads: Arc<Semaphore>,
    waiting: AtomicUsize,
    most: usize,
}

/// Why work was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undone {
    #[error("too much is waiting for a processor")]
    Full,
    #[error("it panicked")]
    Panicked,
}

impl From<Undone> for Unavailable {
    fn from(undone: Undone) -> Self {
        Self(undone.to_string())
    }
}

impl Pool {
    /// Works on up to `threads` threads at once; up to `most` may wait or be worked on.
    #[must_use]
    pub fn new(threads: usize, most: usize) -> Self {
        Self { threads: Arc::new(Semaphore::new(threads)), waiting: AtomicUsize::new(0), most }
    }

    /// Does `work`, or says at once that too much waits.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Undone> {
        let _line = self.enter()?;
        let permit = Arc::clone(&self.threads).acquire_owned().await;
        let working = tokio::task::spawn_blocking(move || {
            // Held by the work and not by whoever asked: a client that goes away does not free a thread that is busy.
            let _permit = permit;
            work()
        });
        working.await.map_err(|_| Undone::Panicked)
    }

    fn enter(&self) -> Result<Line<'_>, Undone> {
        let line = Line(&self.waiting);
        let is_full = self.waiting.fetch_add(1, Ordering::Relaxed) >= self.most;
        if is_full { Err(Undone::Full) } else { Ok(line) }
    }
}

/// A place in the line.
struct Line<'a>(&'a AtomicUsize);

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_is_too_long_is_not_joined_and_whoever_leaves_it_makes_room() {
        let pool = Pool::new(1, 3);
        let line: Vec<_> = (0..3).map(|_| pool.enter().expect("room")).collect();
        assert_eq!(pool.run(|| 1).await, Err(Undone::Full));
        drop(line);
        assert_eq!(pool.run(|| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn work_that_panics_takes_nothing_down() {
        let pool = Pool::new(1, 1);
        assert_eq!(pool.run(|| panic!("on purpose")).await, Err::<(), _>(Undone::Panicked));
        assert_eq!(pool.run(|| 1).await, Ok(1));
    }
}
