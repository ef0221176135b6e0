//! Whether the brokers answer: one client that is kept for this.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaResult;

use super::KafkaUrl;

/// Shorter than whoever asks waits.
const PATIENCE: Duration = Duration::from_millis(800);

/// The client.
pub struct Pulse(Arc<BaseConsumer>);

impl Pulse {
    /// Of the brokers at `url`, which need not be there.
    ///
    /// # Errors
    /// A property of the URL is not to be used so.
    pub fn of(url: &KafkaUrl) -> KafkaResult<Self> {
        url.config().create().map(Arc::new).map(Self)
    }

    /// Whether they answer.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), String> {
        let client = self.0.clone();
        let asking = tokio::task::spawn_blocking(move || client.fetch_metadata(Some("any"), PATIENCE).map(|_| ()));
        asking.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}
