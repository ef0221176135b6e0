//! The streams that stand still.

use domain::StreamId;
use futures::TryStreamExt as _;
use mongodb::bson::{RawDocument, RawDocumentBuf, doc};
use mongodb::error::Error;
use mongodb::options::ReadConcern;
use mongodb::{ClientSession, Collection, Database};
use projections::ports::Parked;

use super::super::faults::{WRITE_PATIENCE, read, unreadable, within};
use super::super::fields::{Fields as _, int, stream_key};
use super::super::schema::PARKED;

fn collection(generation: &Database) -> Collection<RawDocumentBuf> {
    generation.collection(PARKED)
}

pub(in super::super) async fn all(generation: &Database) -> Result<Vec<Parked>, Error> {
    let found = collection(generation);
    let found = found.find(doc! {}).sort(doc! { "position": 1 });
    let found: Vec<_> = read(async { found.await?.try_collect().await }).await?;
    found.iter().map(|document| parked(document)).collect()
}

/// The same, as the snapshot of a session has it.
pub(in super::super) async fn all_in(generation: &Database, session: &mut ClientSession) -> Result<Vec<Parked>, Error> {
    let found = collection(generation);
    let find = found.find(doc! {}).sort(doc! { "position": 1 }).read_concern(ReadConcern::snapshot());
    let mut cursor = read(async { find.session(&mut *session).await }).await?;
    let mut all = vec![];
    while let Some(document) = read(async { cursor.next(session).await.transpose() }).await? {
        all.push(parked(&document)?);
    }
    Ok(all)
}

fn parked(document: &RawDocument) -> Result<Parked, Error> {
    let stream = document.part("_id")?;
    let kind = stream.text("kind")?.parse().map_err(|_| unreadable("kind"))?;
    Ok(Parked {
        stream: StreamId { kind, id: stream.id("id")? },
        version: document.number("version")?,
        position: document.number("position")?,
        why: document.text("why")?.to_owned(),
    })
}

/// In a transaction: notes streams that stand still, or now stand still further on, and forgets those that go on.
pub(super) async fn keep(
    generation: &Database,
    session: &mut ClientSession,
    parked: &[Parked],
    released: &[StreamId],
) -> Result<(), Error> {
    let all = collection(generation);
    for Parked { stream, version, position, why } in parked {
        let only = doc! { "_id": stream_key(stream.kind.as_str(), stream.id) };
        let what = doc! { "version": int(*version), "position": int(*position), "why": why };
        let park = all.update_one(only, doc! { "$set": what }).upsert(true).session(&mut *session);
        within(WRITE_PATIENCE, async { park.await }).await?;
    }
    for stream in released {
        let release =
            all.delete_one(doc! { "_id": stream_key(stream.kind.as_str(), stream.id) }).session(&mut *session);
        within(WRITE_PATIENCE, async { release.await }).await?;
    }
    Ok(())
}
