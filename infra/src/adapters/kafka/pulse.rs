//! Whether the brokers answer: one client that is kept for this.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaResult;

use super::KafkaUrl;

/// Shorter than whoever asks waits.
const PATIENCE: Duration = Duration::from_millis(800);

/// After so many failures another client asks. Half a minute after the brokers were back, and others spoke with them, this one has been
/// seen to get no answer still; perhaps one that had just come back told it of no brokers.
const FAILURES: u32 = 5;

/// The client.
pub struct Pulse {
    url: KafkaUrl,
    client: Mutex<Arc<BaseConsumer>>,
    failures: AtomicU32,
}

impl Pulse {
    /// Of the brokers at `url`, which need not be there.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn of(url: &KafkaUrl) -> KafkaResult<Self> {
        let client = Mutex::new(Arc::new(url.config().create()?));
        Ok(Self { url: url.clone(), client, failures: AtomicU32::new(0) })
    }

    /// Whether they answer.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), String> {
        let client = self.client.lock().clone();
        let asking = tokio::task::spawn_blocking(move || client.fetch_metadata(Some("any"), PATIENCE).map(|_| ()));
        let answer = asking.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string());
        match &answer {
            Ok(()) => self.failures.store(0, Ordering::Relaxed),
            Err(_) => self.fail(),
        }
        answer
    }

    fn fail(&self) {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 < FAILURES {
            return;
        }
        self.failures.store(0, Ordering::Relaxed);
        if let Ok(client) = self.url.config().create() {
            let old = std::mem::replace(&mut *self.client.lock(), Arc::new(client));
            // Its threads are waited for.
            tokio::task::spawn_blocking(move || drop(old));
        }
    }
}
