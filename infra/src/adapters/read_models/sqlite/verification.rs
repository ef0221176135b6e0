//! Verifying the live generation against a scratch one.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use projections::ports::{Frozen, Scratch, Unavailable, Verification};
use sqlx::Executor as _;

use super::digests::FileDigests;
use super::file::{self, Purpose};
use super::generations::Generations;
use super::scratch::{lock_file, scratch_file};
use super::writer::Writer;
use super::{Kept, away, checkpoints, parked};

/// The verification of one read model. While it lives, no other process begins one.
pub struct SqliteVerification {
    generations: Arc<Generations>,
    #[expect(dead_code, reason = "held for its lock; the kernel lets go of it however the process ends")]
    lock: File,
}

impl SqliteVerification {
    /// Prepares a verification of `generations`; waits for another one of the same read model to end.
    ///
    /// # Errors
    /// The folder can not be written.
    pub async fn new(generations: Arc<Generations>) -> Result<Self, Unavailable> {
        let file = lock_file(generations.dir(), generations.model()).map_err(away)?;
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await.map_err(away)?;
        Ok(Self { generations, lock: locked.map_err(away)? })
    }

    fn path(&self) -> PathBuf {
        scratch_file(self.generations.dir(), self.generations.model())
    }
}

#[async_trait]
impl<C: Kept> Verification<C> for SqliteVerification {
    async fn frozen(&self) -> Result<Frozen, Unavailable> {
        self.generations.refresh().await.map_err(away)?;
        let mut live = file::read_alone(self.generations.live().path()).await.map_err(away)?;
        // The first read fixes what the transaction sees.
        live.execute("BEGIN").await.map_err(away)?;
        let checkpoints = checkpoints::all(&mut live).await.map_err(away)?;
        let parked = parked::read(&mut live).await.map_err(away)?;
        Ok(Frozen { checkpoints, parked, digests: FileDigests::of(C::MODEL, live) })
    }

    async fn scratch(&self) -> Result<Scratch<C>, Unavailable> {
        file::remove(&self.path()).await;
        let writer: Writer<C> = Writer::open(self.path(), Purpose::Scratch).await.map_err(away)?;
        let reader = file::read_alone(&self.path()).await.map_err(away)?;
        Ok(Scratch { model: Arc::new(writer), digests: FileDigests::of(C::MODEL, reader) })
    }

    async fn clear(&self) {
        file::remove(&self.path()).await;
    }
}
