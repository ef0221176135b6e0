//! People whose key is not there: what they wrote can be read by nobody, and they can write nothing. So it is for ever with whoever
//! registered after the keys that were put back had been backed up.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{Unavailable, Vault};
use domain::UserId;
use tokio::time::sleep;

use super::opening::{Beside, endless};
use super::vault::KeyVault;
use crate::http::Readiness;

/// How many people are looked at at once.
pub(super) const PAGE: u32 = 1_000;
/// How long to wait before a store that is away is asked again.
const PAUSE: Duration = Duration::from_secs(10);

/// A store that knows who has an account.
#[async_trait]
pub trait People: Send + Sync {
    /// At most `limit` people after `after` whose accounts were not deleted, in the order of their ids.
    async fn people_after(&self, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>, Unavailable>;
}

/// How many people of `store` have no key in `vault`, and should.
///
/// # Errors
/// One of them is away.
pub async fn keyless(store: &dyn People, vault: &dyn Vault) -> Result<u64, Unavailable> {
    let (mut after, mut count) = (None, 0);
    loop {
        let people = store.people_after(after, PAGE).await?;
        let Some(last) = people.last().copied() else { return Ok(count) };
        let holding: HashSet<_> = vault.holding(&people).await?.into_iter().collect();
        if holding.len() < people.len() {
            // Whose account was deleted between the two looks is not missed.
            let still: HashSet<_> = store.people_after(after, PAGE).await?.into_iter().collect();
            count += people.iter().filter(|user| !holding.contains(user) && still.contains(user)).count() as u64;
        }
        after = Some(last);
    }
}

/// Adds to `readiness` whether everybody has a key, which the future counts once and says aloud if it is not so.
pub(super) fn counted(readiness: Readiness, store: Arc<dyn People>, vault: Arc<KeyVault>) -> (Readiness, Beside) {
    let missing = Arc::new(AtomicU64::new(0));
    let found = missing.clone();
    let readiness = readiness.wishing("keys", move || {
        let count = missing.load(Ordering::Relaxed);
        std::future::ready(if count == 0 { Ok(()) } else { Err(format!("{count} people have no key")) })
    });
    (readiness, endless(async move { found.store(count(&*store, &*vault).await, Ordering::Relaxed) }))
}

async fn count(store: &dyn People, vault: &dyn Vault) -> u64 {
    loop {
        match keyless(store, vault).await {
            Ok(0) => return 0,
            Ok(people) => {
                tracing::error!(
                    people,
                    "people have no key: what they wrote can not be read, and they can write nothing; put keys back that are not older than the events"
                );
                return people;
            }
            Err(Unavailable(reason)) => {
                tracing::debug!(reason, "whether everybody has a key is not known yet");
                sleep(PAUSE).await;
            }
        }
    }
}
