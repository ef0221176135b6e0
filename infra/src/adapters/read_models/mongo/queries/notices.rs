//! Reading what a timeline tells between its messages, and where something stands in it.

use domain::{RoomId, Version};
use mongodb::bson::{Document, RawDocument, doc};
use mongodb::error::Error;
use mongodb::options::Hint;
use query_side::ports::{Notice, Place, Slice};

use super::super::faults::unreadable;
use super::super::fields::{Fields as _, binary, int, of_version_key, version_key};
use super::super::schema::{CHANGES, MESSAGES, TOLD};
use super::GenerationReader;
use super::find::{aggregated, all, first};
use crate::adapters::read_models::told;

pub(super) async fn notices(
    reader: &GenerationReader,
    room: RoomId,
    up_to: Version,
    slice: Slice,
    limit: u32,
) -> Result<Vec<Notice>, Error> {
    let (order, up_to, after) = match slice {
        Slice::Older { before, after } => {
            (-1, before.map_or(up_to, |before| up_to.min(before.saturating_sub(1))), after)
        }
        Slice::Newer { after } => (1, up_to, after),
    };
    let changes = reader.all(CHANGES);
    let find = changes.find(between(room, after, up_to)).sort(doc! { "told": order, "_id": order });
    let found = all(find.hint(Hint::Name(TOLD.to_owned())).limit(limit.into())).await?;
    found.iter().map(|row| notice(row)).collect()
}

/// What is told after one version and up to another.
fn between(room: RoomId, after: Version, up_to: Version) -> Document {
    doc! { "told": true, "_id": { "$gt": version_key(room, after), "$lte": version_key(room, up_to) } }
}

fn notice(row: &RawDocument) -> Result<Notice, Error> {
    let (actor, name) = (row.id("actor")?, row.text_or_none("name")?.map(str::to_owned));
    let told = told::told(row.text("kind")?, row.text("detail")?, actor, name).map_err(|_| unreadable("detail"))?;
    let (_, version) = of_version_key(row.bytes("_id")?)?;
    Ok(Notice { version, at: row.time("at")?, actor, told })
}

pub(super) async fn place(
    reader: &GenerationReader,
    room: RoomId,
    up_to: Version,
    told: bool,
) -> Result<Option<Place>, Error> {
    let between = async {
        match told {
            true => told_up_to(reader, room, up_to).await,
            false => Ok(Place::default()),
        }
    };
    let (said, told) = futures::try_join!(newest(reader, room, up_to), between)?;
    let place = Place { rank: said.rank + told.rank, version: said.version.max(told.version) };
    Ok(Some(place).filter(|place| place.rank > 0))
}

/// The newest message at or below a version.
async fn newest(reader: &GenerationReader, room: RoomId, up_to: Version) -> Result<Place, Error> {
    let messages = reader.all(MESSAGES);
    let filter = doc! { "room": binary(room.0), "version": { "$lte": int(up_to) } };
    let find = messages.find_one(filter).sort(doc! { "room": -1, "version": -1 });
    let found = first(find.projection(doc! { "number": 1, "version": 1 })).await?;
    let place = |row: &RawDocument| Ok(Place { rank: row.number("number")?, version: row.number("version")? });
    found.as_deref().map_or(Ok(Place::default()), place)
}

/// How much is told up to a version, and the newest of it.
async fn told_up_to(reader: &GenerationReader, room: RoomId, up_to: Version) -> Result<Place, Error> {
    let group = doc! { "$group": { "_id": null, "rank": { "$sum": 1 }, "newest": { "$max": "$_id" } } };
    let pipeline = [doc! { "$match": between(room, 0, up_to) }, group];
    let changes = reader.all(CHANGES);
    let found = aggregated(changes.aggregate(pipeline).hint(Hint::Name(TOLD.to_owned()))).await?;
    let Some(row) = found.first() else { return Ok(Place::default()) };
    Ok(Place { rank: row.number("rank")?, version: of_version_key(row.bytes("newest")?)?.1 })
}
