//! Verifying the live generation against a scratch one.

use std::sync::Arc;

use async_trait::async_trait;
use projections::directory::DirectoryChange;
use projections::ports::{Frozen, Scratch, Unavailable, Verification};
use sqlx::Executor as _;
use sqlx::mysql::MySqlConnection;

use super::digests::DatabaseDigests;
use super::succession::lock;
use super::writer::Writer;
use super::{MysqlDirectory, OpenError, away, checkpoints, generations, parked};
use crate::adapters::migrate::Migrate;

/// How long another verification is waited for, in seconds.
const PATIENCE: i64 = 3600;

/// The verification of the directory. While its connection lives, no other process begins one.
pub struct MysqlVerification {
    all: Arc<MysqlDirectory>,
    _lock: MySqlConnection,
}

impl MysqlVerification {
    /// Prepares a verification of `all`; waits for another one to end.
    ///
    /// # Errors
    /// The server is away.
    pub async fn new(all: Arc<MysqlDirectory>) -> Result<Self, OpenError> {
        let lock = lock(&all, "verify", PATIENCE).await?.ok_or("another verification of the directory does not end")?;
        Ok(Self { all, _lock: lock })
    }
}

#[async_trait]
impl Verification<DirectoryChange> for MysqlVerification {
    async fn frozen(&self) -> Result<Frozen, Unavailable> {
        self.all.follow().await.map_err(away)?;
        let database = self.all.server.generation(self.all.live().number);
        let mut live = self.all.server.connect(&database).await.map_err(away)?;
        live.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.map_err(away)?;
        live.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT").await.map_err(away)?;
        let checkpoints = checkpoints::all(&mut live).await.map_err(away)?.into_iter().collect();
        let parked = parked::read(&mut live).await.map_err(away)?;
        Ok(Frozen { checkpoints, parked, digests: DatabaseDigests::of(live) })
    }

    async fn scratch(&self) -> Result<Scratch<DirectoryChange>, Unavailable> {
        let (server, database) = (&self.all.server, self.all.server.scratch());
        server.drop(&database).await.map_err(away)?;
        server.create(&database).await.map_err(away)?;
        generations::schema(server, &database, Migrate::Run).await.map_err(away)?;
        let reader = server.connect(&database).await.map_err(away)?;
        let writer = Writer::new(server.clone(), database);
        Ok(Scratch { model: Arc::new(writer), digests: DatabaseDigests::of(reader) })
    }

    async fn clear(&self) {
        if let Err(error) = self.all.server.drop(&self.all.server.scratch()).await {
            tracing::warn!(%error, "what was made to verify the directory is left");
        }
    }
}
