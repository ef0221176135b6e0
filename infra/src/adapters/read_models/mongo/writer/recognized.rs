//! Messages that were there already when they were to be inserted.

use futures::TryStreamExt as _;
use mongodb::Database;
use mongodb::bson::{RawDocument, RawDocumentBuf, doc};
use mongodb::error::Error;
use projections::ports::CommitError;
use uuid::Uuid;

use super::super::faults::{read, unkept};
use super::super::fields::{Fields as _, binary};
use super::super::schema::MESSAGES;

/// Id, room and version.
type Place = (Uuid, Uuid, u64);

/// They have to be the same: of one that stands elsewhere, a version of a room would be missing.
pub(super) async fn check(generation: &Database, messages: &[&RawDocument]) -> Result<(), CommitError> {
    let wanted = places(messages).map_err(unkept)?;
    let found = found(generation, &wanted).await.map_err(unkept)?;
    match wanted.iter().find(|place| !found.contains(place)) {
        None => Ok(()),
        Some((id, room, version)) => Err(CommitError::Rejected(format!(
            "the message {id}, or the version {version} of the room {room}, is kept as another"
        ))),
    }
}

async fn found(generation: &Database, wanted: &[Place]) -> Result<Vec<Place>, Error> {
    let ids: Vec<_> = wanted.iter().map(|(id, ..)| binary(*id)).collect();
    let messages = generation.collection::<RawDocumentBuf>(MESSAGES);
    let find = messages.find(doc! { "_id": { "$in": ids } }).projection(doc! { "room": 1, "version": 1 });
    let found: Vec<_> = read(async { find.await?.try_collect().await }).await?;
    places(&found)
}

fn places<D: AsRef<RawDocument>>(messages: &[D]) -> Result<Vec<Place>, Error> {
    let place = |message: &RawDocument| Ok((message.id("_id")?, message.id("room")?, message.number("version")?));
    messages.iter().map(|message| place(message.as_ref())).collect()
}
