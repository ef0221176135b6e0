//! Reading ahead: while somebody works on a batch, the next one is read.

use domain::Position;
use parking_lot::Mutex;
use projections::ports::{Entry, LogError};
use tokio::task::JoinHandle;

/// Whoever asks for less is not going through the log.
const LEAST: usize = 64;
/// How many readers are read ahead for; beyond, the oldest is given up.
const MOST: usize = 4;

type Read = Result<Vec<Entry>, LogError>;

/// Batches that nobody has asked for yet.
#[derive(Default)]
pub(super) struct Ahead {
    begun: Mutex<Vec<Begun>>,
}

struct Begun {
    after: Position,
    limit: usize,
    reading: JoinHandle<Read>,
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Ahead {
    /// Begins to read what comes after a batch.
    pub(super) fn begin(&self, after: Position, limit: usize, reading: impl Future<Output = Read> + Send + 'static) {
        if limit < LEAST {
            return;
        }
        let mut begun = self.begun.lock();
        if begun.len() >= MOST {
            begun.remove(0);
        }
        begun.push(Begun { after, limit, reading: tokio::spawn(reading) });
    }

    /// What was read ahead there, if anything was.
    pub(super) async fn take(&self, after: Position, limit: usize) -> Option<Read> {
        let mut found = {
            let mut begun = self.begun.lock();
            let index = begun.iter().position(|one| (one.after, one.limit) == (after, limit))?;
            begun.remove(index)
        };
        // A task that was given up or died has read nothing.
        (&mut found.reading).await.ok()
    }
}
