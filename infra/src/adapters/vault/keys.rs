//! The keys of subjects, and the few that are in memory.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::UserId;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;

use super::cipher::{Key, new_key};

/// How long a key is kept in memory: so long one that was destroyed elsewhere may still be used here.
const LIFE: Duration = Duration::from_secs(60);
/// How many keys are kept in memory, at some 100 bytes each.
const MOST: usize = 50_000;
/// How many are expected.
const USUALLY: usize = 1_000;

/// Where the keys lie: a database of their own.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// The keys of those of `subjects` who have one, in one read.
    async fn read(&self, subjects: &[UserId]) -> Result<HashMap<UserId, Key>, Unavailable>;

    /// Keeps `key` for `subject`, unless there is one. Durable when it returns.
    async fn create(&self, subject: UserId, key: Key) -> Result<(), Unavailable>;

    /// Destroys the key of `subject`, durably.
    async fn destroy(&self, subject: UserId) -> Result<(), Unavailable>;

    /// What tells which event store the keys belong to, if that is known.
    async fn identity(&self) -> Result<Option<Vec<u8>>, Unavailable>;

    /// Says which event store the keys belong to, from now on.
    async fn identify(&self, value: &[u8]) -> Result<(), Unavailable>;

    /// Whether there is no key.
    async fn is_empty(&self) -> Result<bool, Unavailable>;

    /// Lets go of the database.
    async fn close(&self);
}

/// The keys of some subjects; those that are asked for and not in it have none.
pub(super) struct KeyRing(Vec<(UserId, Option<Key>)>);

impl KeyRing {
    pub(super) fn get(&self, subject: UserId) -> Option<&Key> {
        let index = self.0.binary_search_by_key(&subject, |(subject, _)| *subject).ok()?;
        self.0[index].1.as_ref()
    }
}

/// All keys.
pub(super) struct Keys {
    pub(super) store: Box<dyn KeyStore>,
    /// With the moment at which it was read; `None` is known to have no key.
    known: Cache<UserId, (Instant, Option<Key>)>,
}

impl Keys {
    pub(super) fn new(store: Box<dyn KeyStore>) -> Self {
        Self { store, known: Cache::with_weighter(USUALLY, MOST as u64, UnitWeighter) }
    }

    /// The keys of `subjects`; one read for all that are not in memory. Whoever `needs` them has those read again that were not
    /// there before.
    pub(super) async fn of(&self, mut subjects: Vec<UserId>, needs: bool) -> Result<KeyRing, Unavailable> {
        subjects.sort_unstable();
        subjects.dedup();
        let known = |subject| (subject, self.in_memory(subject).filter(|key| key.is_some() || !needs));
        let mut ring: Vec<_> = subjects.into_iter().map(known).collect();
        let unknown: Vec<_> = ring.iter().filter(|(_, known)| known.is_none()).map(|(subject, _)| *subject).collect();
        if !unknown.is_empty() {
            let read = self.store.read(&unknown).await?;
            for (subject, known) in ring.iter_mut().filter(|(_, known)| known.is_none()) {
                let key = read.get(subject).copied();
                self.known.insert(*subject, (Instant::now(), key));
                *known = Some(key);
            }
        }
        Ok(KeyRing(ring.into_iter().map(|(subject, known)| (subject, known.flatten())).collect()))
    }

    fn in_memory(&self, subject: UserId) -> Option<Option<Key>> {
        self.known.get(&subject).filter(|(since, _)| since.elapsed() < LIFE).map(|(_, key)| key)
    }

    /// Makes a key, unless there is one. Whatever is remembered of the subject is forgotten: that there was none.
    pub(super) async fn create(&self, subject: UserId) -> Result<(), Unavailable> {
        self.store.create(subject, new_key()?).await?;
        self.known.remove(&subject);
        Ok(())
    }

    pub(super) async fn destroy(&self, subject: UserId) -> Result<(), Unavailable> {
        self.store.destroy(subject).await?;
        self.known.remove(&subject);
        Ok(())
    }
}
