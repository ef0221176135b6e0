//! One generation of a read model, to be read.

use std::path::PathBuf;

use domain::Position;
use sqlx::SqlitePool;
use tokio::sync::watch;

use super::file;

/// A generation: queries that began on it go on, also when another one is live.
#[derive(Debug)]
pub struct Generation {
    /// 1, 2, 3 …
    pub number: u64,
    /// Connections that read its file.
    pub reader: SqlitePool,
    /// Up to where it is folded, and can be read.
    pub applied: watch::Receiver<Position>,
    raised: watch::Sender<Position>,
    path: PathBuf,
}

impl Generation {
    /// Opens the file at `path`, which is there.
    pub(super) async fn open(path: PathBuf, number: u64) -> Result<Self, sqlx::Error> {
        let raised = watch::Sender::new(0);
        let generation = Self { number, reader: file::reader(&path), applied: raised.subscribe(), raised, path };
        generation.look().await?;
        Ok(generation)
    }

    /// Notes where the file stands, also if another process writes it.
    pub(super) async fn look(&self) -> Result<(), sqlx::Error> {
        let query = "SELECT coalesce(max(position), 0) FROM checkpoints";
        let position = sqlx::query_scalar::<_, i64>(query).fetch_one(&self.reader).await?.cast_unsigned();
        self.raised.send_if_modified(|known| {
            let is_news = position > *known;
            *known = position.max(*known);
            is_news
        });
        Ok(())
    }

    /// Whether anybody but this looks at what is applied: they wait for it.
    pub(super) fn is_awaited(&self) -> bool {
        self.raised.receiver_count() > 1
    }

    /// Who is told of commits in this process.
    pub(super) fn raised(&self) -> watch::Sender<Position> {
        self.raised.clone()
    }

    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }
}
