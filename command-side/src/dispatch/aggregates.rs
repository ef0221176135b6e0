//! Aggregates in memory: a bounded cache of what is committed, in front of snapshots and streams.

use std::sync::Arc;

use domain::event::read_value;
use domain::hash::Hash;
use domain::{Decide, HasPersonal, Place, StreamId, Version};
use quick_cache::sync::Cache;
use uuid::Uuid;

use super::Parts;
use crate::ports::{Holder, Past, Snapshot, Unavailable};

/// So many events after the last snapshot, another is taken.
const EVENTS_PER_SNAPSHOT: u64 = 256;

/// An aggregate as it is after `version`.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    pub state: A,
    pub version: Version,
    /// Of the event at `version`: what the next one's hash builds on.
    pub(super) hash: Hash,
    /// The version of the newest snapshot.
    pub(super) snapshot: Version,
}

/// The aggregates of one type.
pub(super) struct Aggregates<A: Decide> {
    pub(super) parts: Parts,
    cache: Cache<Uuid, Arc<Loaded<A>>>,
    /// Of whom there was nothing yet, where it may begin in another process.
    absent: Cache<Uuid, ()>,
}

impl<A: Decide> Aggregates<A> {
    pub(super) fn new(parts: Parts, cached: usize) -> Self {
        Self { parts, cache: Cache::new(cached), absent: Cache::new(cached) }
    }

    /// The stream of the aggregate `id`.
    pub(super) const fn stream(id: Uuid) -> StreamId {
        StreamId { kind: A::KIND, id }
    }

    /// As committed last, as far as this process knows.
    pub(super) async fn current(&self, id: Uuid) -> Result<Arc<Loaded<A>>, Unavailable> {
        if let Some(loaded) = self.cache.get(&id) {
            return Ok(loaded);
        }
        let loaded = Arc::new(self.load(id).await?);
        if loaded.version == 0 && !self.parts.appender.is_alone() {
            // What is not there yet may begin in another process.
            return Ok(loaded);
        }
        // Not in the cache: a lane may have put something newer there meanwhile.
        Ok(match self.cache.get_value_or_guard(&id, None) {
            quick_cache::sync::GuardResult::Value(newer) => newer,
            quick_cache::sync::GuardResult::Guard(place) => {
                let _ = place.insert(Arc::clone(&loaded));
                loaded
            }
            quick_cache::sync::GuardResult::Timeout => loaded,
        })
    }

    /// The same, but that there was nothing yet is believed until it is told otherwise. Between most people who talk to each other
    /// nothing ever was, and to find that out each time costs more than the append.
    pub(super) async fn believed(&self, id: Uuid) -> Result<Arc<Loaded<A>>, Unavailable> {
        if self.absent.get(&id).is_some() && self.cache.peek(&id).is_none() {
            return Ok(Arc::new(Loaded { state: A::default(), version: 0, hash: Hash::default(), snapshot: 0 }));
        }
        let loaded = self.current(id).await?;
        if loaded.version == 0 {
            self.absent.insert(id, ());
        }
        Ok(loaded)
    }

    /// Puts in what was just committed.
    pub(super) fn keep(self: &Arc<Self>, id: Uuid, mut loaded: Loaded<A>) {
        if loaded.version - loaded.snapshot >= EVENTS_PER_SNAPSHOT {
            loaded.snapshot = loaded.version;
            let (aggregates, state, version) = (Arc::clone(self), loaded.state.clone(), loaded.version);
            tokio::spawn(async move { aggregates.save(id, state, version).await });
        }
        self.absent.remove(&id);
        self.cache.insert(id, Arc::new(loaded));
    }

    /// Drops what may not be current any more.
    pub(super) fn forget(&self, id: Uuid) {
        self.absent.remove(&id);
        self.cache.remove(&id);
    }

    /// Drops what is older than `version`.
    pub(super) fn outgrow(&self, id: Uuid, version: Version) {
        self.absent.remove(&id);
        self.cache.remove_if(&id, |loaded| loaded.version < version);
    }

    /// Takes in what another process appended meanwhile: what is known stays true, there is only more.
    pub(super) async fn catch_up(&self, id: Uuid) {
        self.absent.remove(&id);
        let Some((_, known)) = self.cache.remove(&id) else { return };
        let (state, at, snapshot) = (known.state.clone(), known.version, known.snapshot);
        match self.fold(Self::stream(id), state, at).await {
            Ok((state, version, hash)) => self.cache.insert(id, Arc::new(Loaded { state, version, hash, snapshot })),
            // Whoever needs it loads it, and is told then.
            Err(away) => tracing::debug!(%away, "a stream was not read on"),
        }
    }

    async fn load(&self, id: Uuid) -> Result<Loaded<A>, Unavailable> {
        let stream = Self::stream(id);
        let (state, snapshot) = self.last_snapshot(stream).await?;
        let (state, version, hash) = self.fold(stream, state, snapshot).await?;
        Ok(Loaded { state, version, hash, snapshot })
    }

    /// What became of `state`, which is that at the version `at`.
    async fn fold(&self, stream: StreamId, mut state: A, at: Version) -> Result<(A, Version, Hash), Unavailable> {
        let past = self.parts.history.after(stream, at).await?;
        let version = past.last().map_or(at, |event| event.version);
        for event in self.opened(stream, past).await? {
            state.apply(event);
        }
        let hash = self.parts.history.hash(stream, version).await?;
        if version > 0 && hash.is_none() {
            return Err(Unavailable(format!("{stream} has a snapshot at {version} but no such event")));
        }
        Ok((state, version, hash.unwrap_or_default()))
    }

    async fn opened(&self, stream: StreamId, past: Vec<Past>) -> Result<Vec<A::Event>, Unavailable> {
        let unreadable = |error| Unavailable(format!("{stream}: {error}"));
        let mut events = Vec::with_capacity(past.len());
        for Past { version, event_type, schema_version, payload } in past {
            let event = read_value::<A::Event>(&event_type, schema_version, payload).map_err(unreadable)?;
            events.push((Place::event(stream, version), event));
        }
        let mut holders: Vec<_> = events.iter_mut().map(|(place, event)| holder(*place, event)).collect();
        self.parts.vault.open(&mut holders).await?;
        Ok(events.into_iter().map(|(_, event)| event).collect())
    }

    /// The newest snapshot of today's shape; else the beginning.
    async fn last_snapshot(&self, stream: StreamId) -> Result<(A, Version), Unavailable> {
        let snapshot = self.parts.snapshots.load(stream).await?;
        let Some(snapshot) = snapshot.filter(|snapshot| snapshot.shape == A::SNAPSHOT_SHAPE) else {
            return Ok((A::default(), 0));
        };
        let Ok(mut state) = serde_json::from_str::<A>(&snapshot.state) else {
            tracing::warn!(%stream, "a snapshot can not be read: folding the stream from its beginning");
            return Ok((A::default(), 0));
        };
        let place = Place::snapshot(stream, snapshot.version);
        self.parts.vault.open(&mut [holder(place, &mut state)]).await?;
        Ok((state, snapshot.version))
    }

    /// A snapshot is a shortcut: one that can not be saved costs time later and nothing else.
    async fn save(&self, id: Uuid, mut state: A, version: Version) {
        let stream = Self::stream(id);
        let sealed = self.parts.vault.seal(&mut [holder(Place::snapshot(stream, version), &mut state)]).await;
        let saved = match (sealed, serde_json::to_string(&state)) {
            (Ok(()), Ok(state)) => {
                let snapshot = Snapshot { stream, version, shape: A::SNAPSHOT_SHAPE, state };
                self.parts.snapshots.save(snapshot).await.map_err(|away| away.to_string())
            }
            (Err(away), _) => Err(away.to_string()),
            (_, Err(error)) => Err(error.to_string()),
        };
        if let Err(why) = saved {
            tracing::warn!(%stream, version, %why, "a snapshot was not saved");
        }
    }
}

fn holder<'a>(place: Place, fields: &'a mut dyn HasPersonal) -> Holder<'a> {
    Holder { place, fields }
}
