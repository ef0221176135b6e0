//! Digests of a generation's rows, key by key: those that the embedded timeline makes of the same rows.

mod rows;

use std::sync::Arc;

use domain::hash::Hash;
use futures::stream::{self, BoxStream, StreamExt as _};
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::Error;
use mongodb::options::ReadConcern;
use mongodb::{ClientSession, Database};
use parking_lot::Mutex;
use projections::ports::{Digested, Digests, Unavailable};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::faults::{WRITE_PATIENCE, away, code, within};
use super::schema;
use super::spool::{Spool, Spooled};
use rows::{TABLES, Table};

/// Digests that wait to be compared.
const WAITING: usize = 256;

type Answer = Result<Digested, Unavailable>;

fn tables() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name).collect()
}

/// The digests of a generation that nobody writes any more.
pub(super) struct ScratchDigests(pub(super) Database);

impl Digests for ScratchDigests {
    fn tables(&self) -> Vec<&'static str> {
        tables()
    }

    fn digests(&self) -> BoxStream<'static, Answer> {
        let (to, from) = mpsc::channel(WAITING);
        let generation = self.0.clone();
        tokio::spawn(async move {
            if let Err(error) = scratch(&generation, &to).await {
                // Nobody listens any more if this fails.
                let _ = to.send(Err(away(error))).await;
            }
        });
        stream::unfold(from, async |mut from| Some((from.recv().await?, from))).boxed()
    }
}

async fn scratch(generation: &Database, to: &mpsc::Sender<Answer>) -> Result<(), Error> {
    schema::finish(generation).await?;
    let mut session = generation.client().start_session().causal_consistency(false).await?;
    for table in &TABLES {
        let mut cursor = Walk::of(table, generation, &mut session, ReadConcern::majority()).await?;
        while let Some(digested) = cursor.next(&mut session).await? {
            // Whoever compares may have given up.
            let _ = to.send(Ok(digested)).await;
        }
    }
    Ok(())
}

/// The digests of a snapshot. It does not last: they are made at once, and kept until they are asked for. They can be had once.
pub(super) struct SnapshotDigests(Mutex<Option<JoinHandle<Result<Spooled, Unavailable>>>>);

impl SnapshotDigests {
    pub(super) fn of(generation: Database, session: ClientSession) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(tokio::spawn(snapshot(generation, session))))))
    }
}

impl Drop for SnapshotDigests {
    fn drop(&mut self) {
        if let Some(making) = &*self.0.lock() {
            making.abort();
        }
    }
}

impl Digests for SnapshotDigests {
    fn tables(&self) -> Vec<&'static str> {
        tables()
    }

    fn digests(&self) -> BoxStream<'static, Answer> {
        let making = self.0.lock().take();
        stream::once(made(making)).flat_map(|made| stream::iter(all(made))).boxed()
    }
}

async fn made(making: Option<JoinHandle<Result<Spooled, Unavailable>>>) -> Result<Spooled, Unavailable> {
    let making = making.ok_or_else(|| Unavailable("digests can be had once".to_owned()))?;
    making.await.unwrap_or_else(|error| Err(Unavailable(error.to_string())))
}

fn all(made: Result<Spooled, Unavailable>) -> Box<dyn Iterator<Item = Answer> + Send> {
    match made {
        Ok(spooled) => Box::new(spooled.map(|one| one.map_err(|error| Unavailable(error.to_string())))),
        Err(away) => Box::new(std::iter::once(Err(away))),
    }
}

async fn snapshot(generation: Database, mut session: ClientSession) -> Result<Spooled, Unavailable> {
    let full = |error: std::io::Error| Unavailable(format!("digests can not be kept: {error}"));
    let mut spool = Spool::new().map_err(full)?;
    for (index, table) in (0..).zip(&TABLES) {
        let mut walk = Walk::of(table, &generation, &mut session, ReadConcern::snapshot()).await.map_err(too_old)?;
        while let Some(digested) = walk.next(&mut session).await.map_err(too_old)? {
            spool.add(index, &digested).map_err(full)?;
        }
    }
    spool.read(tables()).map_err(full)
}

/// MongoDB keeps snapshots for five minutes unless it is told otherwise.
fn too_old(error: Error) -> Unavailable {
    const TOO_OLD: [i32; 2] = [239, 246];
    match code(&error) {
        Some(code) if TOO_OLD.contains(&code) => Unavailable(
            "MongoDB no longer keeps what is verified: raise its parameter minSnapshotHistoryWindowInSeconds"
                .to_owned(),
        ),
        _ => away(error),
    }
}

/// A walk through the rows of a table, in the order of their keys.
struct Walk {
    table: &'static Table,
    cursor: mongodb::SessionCursor<RawDocumentBuf>,
    /// The rows of one key, as far as they were read.
    group: Option<Group>,
}

struct Group {
    key: Uuid,
    rows: u64,
    sha: Sha256,
}

impl Walk {
    /// At the snapshot of `session`, which it must have, or else as everything is now.
    async fn of(
        table: &'static Table,
        generation: &Database,
        session: &mut ClientSession,
        concern: ReadConcern,
    ) -> Result<Self, Error> {
        let rows = generation.collection::<RawDocumentBuf>(table.name);
        let which = if table.name == schema::REACTIONS {
            doc! { "on": true }
        } else {
            doc! {}
        };
        let order = table.order.iter().map(|field| ((*field).to_owned(), 1.into())).collect();
        let find = rows.find(which).sort(order).batch_size(5_000).read_concern(concern).session(session);
        Ok(Self { table, cursor: within(WRITE_PATIENCE, async { find.await }).await?, group: None })
    }

    /// The digest of the next key.
    async fn next(&mut self, session: &mut ClientSession) -> Result<Option<Digested>, Error> {
        loop {
            let row = within(WRITE_PATIENCE, async { self.cursor.next(session).await.transpose() }).await?;
            let Some(row) = row else { return Ok(self.digested(None)) };
            let key = (self.table.key)(&row)?;
            let is_next = self.group.as_ref().is_none_or(|group| group.key != key);
            let before = if is_next { self.digested(Some(key)) } else { None };
            if let Some(group) = &mut self.group {
                group.rows += 1;
                (self.table.cover)(&row, &mut group.sha)?;
            }
            if before.is_some() {
                return Ok(before);
            }
        }
    }

    /// Ends the group, and begins the one of `next`.
    fn digested(&mut self, next: Option<Uuid>) -> Option<Digested> {
        let next = next.map(|key| Group { key, rows: 0, sha: Sha256::new() });
        let Group { key, rows, sha } = std::mem::replace(&mut self.group, next)?;
        Some(Digested { table: self.table.name, key, rows, digest: Hash(sha.finalize().into()) })
    }
}
