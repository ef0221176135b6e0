//! Where a generation stands, and what keeps it there: one document, so that everything about a checkpoint is compared and set
//! at once. Times are those of the server's clock.

mod conditions;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{EventId, Position};
use mongodb::bson::{Document, RawDocument, RawDocumentBuf, doc};
use mongodb::error::Error;
use mongodb::options::{Acknowledgment, ReadConcern, WriteConcern};
use mongodb::{ClientSession, Collection, Database};
use projections::ports::{Checkpoint, Partition};
use query_side::Positions;
use uuid::Uuid;

use super::faults::{WRITE_PATIENCE, read, within};
use super::fields::{Fields as _, binary, int};
use crate::adapters::partitions::THE_STORE;
use conditions::{not_before, stands};

/// How long who waits for news is remembered.
const AWAITED: Duration = Duration::from_secs(2);

/// The state of one generation.
#[derive(Clone, Debug)]
pub(super) struct State(Collection<RawDocumentBuf>);

/// What it was at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    rows: BTreeMap<Partition, Checkpoint>,
    /// Nobody may move a checkpoint.
    pub(super) is_fenced: bool,
    /// Nobody may begin to write.
    pub(super) is_paused: bool,
    /// Somebody, in whichever process, waits for what is not here yet.
    pub(super) is_awaited: bool,
    /// Another generation is live.
    pub(super) is_retired: bool,
    /// Partitions of which a batch is being written, or was left half written.
    pub(super) writing: Vec<Partition>,
}

/// What became of a batch that was to be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begun {
    Yes,
    /// Not for the moment.
    Paused,
    /// The checkpoint is not where it was expected, or there is a fence; this is where it is.
    Elsewhere(Position),
}

impl Seen {
    /// The checkpoint of a partition. What was folded from the store itself holds for every other partition too, unless it was
    /// itself read further.
    pub(super) fn checkpoint(&self, partition: Partition) -> Checkpoint {
        let store = self.rows.get(&THE_STORE).copied().unwrap_or_default();
        match self.rows.get(&partition) {
            Some(row) if row.position >= store.position => *row,
            _ => Checkpoint { offset: 0, ..store },
        }
    }

    /// The partitions that have a row of their own, and where each stands.
    pub(super) fn checkpoints(&self) -> Vec<(Partition, Checkpoint)> {
        self.rows.keys().map(|partition| (*partition, self.checkpoint(*partition))).collect()
    }

    pub(super) fn positions(&self) -> Positions {
        let mut positions = Positions::default();
        for (partition, checkpoint) in self.checkpoints() {
            positions.raise(partition, checkpoint.position);
        }
        positions
    }
}

impl State {
    pub(super) fn of(generation: &Database) -> Self {
        Self(generation.collection("state"))
    }

    /// Makes the document, if there is none.
    pub(super) async fn prepare(&self) -> Result<(), Error> {
        let (only, empty) = (doc! { "_id": 1 }, doc! { "$setOnInsert": { "rows": {} } });
        within(WRITE_PATIENCE, async { self.0.update_one(only, empty).upsert(true).await }).await.map(|_| ())
    }

    pub(super) async fn look(&self) -> Result<Seen, Error> {
        let found = read(async { self.0.find_one(doc! { "_id": 1 }).projection(shown()).await }).await?;
        found.as_deref().map_or(Ok(Seen::default()), seen)
    }

    /// The same, as the snapshot of a session has it.
    pub(super) async fn look_in(&self, session: &mut ClientSession) -> Result<Seen, Error> {
        let find = self.0.find_one(doc! { "_id": 1 }).projection(shown()).read_concern(ReadConcern::snapshot());
        let find = async { find.session(session).await };
        read(find).await?.as_deref().map_or(Ok(Seen::default()), seen)
    }

    /// Notes that a batch of `partition` is being written from `from` on, unless somebody else moved it or must not be disturbed.
    /// It need not be durable by itself: nothing that is written after it is without it.
    pub(super) async fn begin(&self, partition: Partition, from: Checkpoint, token: Uuid) -> Result<Begun, Error> {
        let mut only = stands(partition, from);
        only.insert("$expr", doc! { "$and": [not_before("$fence.until"), not_before("$pause.until")] });
        let note = doc! { "$set": { format!("writing.p{partition}"): binary(token) } };
        if self.set(only, note).await? {
            return Ok(Begun::Yes);
        }
        let seen = self.look().await?;
        let is_paused = seen.is_paused && !seen.is_fenced && seen.checkpoint(partition).position == from.position;
        Ok(if is_paused { Begun::Paused } else { Begun::Elsewhere(seen.checkpoint(partition).position) })
    }

    /// Moves the checkpoint, unless somebody else did or there is a fence. In `session`, a transaction decides with it.
    pub(super) async fn finish(
        &self,
        (partition, from, to): (Partition, Checkpoint, Checkpoint),
        token: Uuid,
        session: Option<&mut ClientSession>,
    ) -> Result<bool, Error> {
        let mut only = stands(partition, from);
        only.insert("$expr", not_before("$fence.until"));
        let writing = format!("writing.p{partition}");
        let others =
            doc! { "$cond": [{ "$eq": [format!("${writing}"), binary(token)] }, "$$REMOVE", format!("${writing}")] };
        let row = doc! { "$literal": row(to) };
        let update = vec![doc! { "$set": { format!("rows.p{partition}"): row, writing: others } }];
        let update = self.0.update_one(only, update);
        let updated = match session {
            Some(session) => within(WRITE_PATIENCE, async { update.session(session).await }).await?,
            None => within(WRITE_PATIENCE, async { update.await }).await?,
        };
        Ok(updated.matched_count == 1)
    }

    /// Gives a partition that has none a row of its own, which says what held for it anyway: so it is known by name.
    pub(super) async fn name(&self, partition: Partition, seen: &Seen) -> Result<(), Error> {
        let at = seen.checkpoint(partition);
        if at.position > 0 && !seen.rows.contains_key(&partition) {
            let row_of = format!("rows.p{partition}");
            let only = doc! { "_id": 1, &row_of: { "$exists": false }, "rows.p0.position": int(at.position) };
            self.set(only, doc! { "$set": { row_of: row(at) } }).await?;
        }
        Ok(())
    }

    /// Lets nobody move a checkpoint for `time`; an earlier fence is gone. Gives where they are.
    pub(super) async fn fence(&self, holder: &str, time: Duration) -> Result<Seen, Error> {
        let fence = doc! { "holder": holder, "until": after(time) };
        let update = vec![doc! { "$set": { "fence": fence } }];
        within(WRITE_PATIENCE, async { self.0.update_one(doc! { "_id": 1 }, update).await }).await?;
        self.look().await
    }

    pub(super) async fn unfence(&self, holder: &str) -> Result<(), Error> {
        let (only, update) = (doc! { "_id": 1, "fence.holder": holder }, doc! { "$unset": { "fence": "" } });
        within(WRITE_PATIENCE, async { self.0.update_one(only, update).await }).await.map(|_| ())
    }

    /// Makes the fence of `holder` one for ever, if it still stands.
    pub(super) async fn retire(&self, holder: &str, session: &mut ClientSession) -> Result<bool, Error> {
        let only = doc! { "_id": 1, "fence.holder": holder, "$expr": { "$gt": ["$fence.until", "$$NOW"] } };
        let update = vec![doc! { "$set": { "fence.until": after(Duration::from_hours(1_000_000)), "retired": true } }];
        let updated = within(WRITE_PATIENCE, async { self.0.update_one(only, update).session(session).await }).await?;
        Ok(updated.matched_count == 1)
    }

    /// Lets nobody begin to write for `time`; with none, they may again.
    pub(super) async fn pause(&self, time: Duration) -> Result<(), Error> {
        self.set(doc! { "_id": 1 }, vec![doc! { "$set": { "pause": { "until": after(time) } } }]).await.map(|_| ())
    }

    /// Notes that somebody waits.
    pub(super) async fn note_waiting(&self) -> Result<(), Error> {
        self.set(doc! { "_id": 1 }, vec![doc! { "$set": { "awaited": after(AWAITED) } }]).await.map(|_| ())
    }

    /// Whether there was something to set. It is not waited for until it is durable.
    async fn set(
        &self,
        only: Document,
        update: impl Into<mongodb::options::UpdateModifications>,
    ) -> Result<bool, Error> {
        let quick = WriteConcern::builder().w(Acknowledgment::Nodes(1)).journal(false).build();
        let updated = within(WRITE_PATIENCE, async { self.0.update_one(only, update).write_concern(quick).await });
        Ok(updated.await?.matched_count == 1)
    }
}

/// What is read of the document, with what the server's clock says of it.
fn shown() -> Document {
    let later = |field: &str| doc! { "$gt": [field, "$$NOW"] };
    doc! {
        "rows": 1, "writing": 1, "retired": 1,
        "fenced": later("$fence.until"), "paused": later("$pause.until"), "awaited": later("$awaited"),
    }
}

fn seen(document: &RawDocument) -> Result<Seen, Error> {
    let mut seen = Seen {
        is_fenced: document.flag("fenced")?,
        is_paused: document.flag("paused")?,
        is_awaited: document.flag("awaited")?,
        is_retired: document.flag("retired")?,
        ..Seen::default()
    };
    if document.has("rows")? {
        for row in document.part("rows")? {
            let (name, _) = row?;
            let checkpoint = checkpoint(document.part("rows")?.part(name.as_str())?)?;
            seen.rows.extend(partition(name.as_str()).map(|partition| (partition, checkpoint)));
        }
    }
    if document.has("writing")? {
        let names = document.part("writing")?.into_iter().map(|part| part.map(|(name, _)| partition(name.as_str())));
        seen.writing = names.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    }
    Ok(seen)
}

fn partition(name: &str) -> Option<Partition> {
    name.strip_prefix('p')?.parse().ok()
}

fn checkpoint(row: &RawDocument) -> Result<Checkpoint, Error> {
    let event_id = row.id_or_none("event")?.map(EventId);
    Ok(Checkpoint { offset: row.number("offset")?, position: row.number("position")?, event_id })
}

fn row(checkpoint: Checkpoint) -> Document {
    let mut row = doc! { "offset": int(checkpoint.offset), "position": int(checkpoint.position) };
    if let Some(event_id) = checkpoint.event_id {
        row.insert("event", binary(event_id.0));
    }
    row
}

/// An expression for the time after `time`.
pub(super) fn after(time: Duration) -> Document {
    doc! { "$add": ["$$NOW", i64::try_from(time.as_millis()).unwrap_or(i64::MAX)] }
}
