//! Telling other processes what was asked of this one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{sleep, timeout};

use super::{Asked, Rates};

/// How often others are told, at the least.
const EACH: Duration = Duration::from_millis(200);
/// How often at the most.
const PAUSE: Duration = Duration::from_millis(10);
/// Buckets that others are told of at once.
const MOST: usize = 500;

/// Where processes tell each other.
#[async_trait]
pub trait Together: Send + Sync {
    /// Notes what was asked here, and gives what each bucket owes for all; nothing while it can not be told.
    async fn note(&self, asked: &[Asked]) -> Option<Vec<Duration>>;
}

impl Rates {
    /// Tells the others, for ever. What they can not be told is not told later: it would be counted as if it had been asked at once.
    pub async fn share(self: Arc<Self>, others: Arc<dyn Together>) {
        loop {
            timeout(EACH, self.buckets.urgent.notified()).await.ok();
            for asked in self.buckets.tell().chunks(MOST) {
                let owed = others.note(asked).await.unwrap_or_default();
                asked.iter().zip(owed).for_each(|(asked, owed)| self.buckets.owes(asked, owed, self.now()));
            }
            sleep(PAUSE).await;
        }
    }
}
