//! Between versions of a room and positions in the log.

use std::collections::BTreeMap;

use domain::{Position, RoomId, Version};
use mongodb::bson::{Bson, RawDocument, doc};
use mongodb::error::Error;

use super::super::fields::{Fields as _, binary, int, of_version_key, version_key};
use super::super::schema::{CHANGES, MESSAGES, ROOMS};
use super::GenerationReader;
use super::find::{all, first};

/// Versions that are looked up at once: of a million, five such looks find any.
const AT_ONCE: u64 = 16;

/// The last version at or before a position: positions grow with versions, so what lies between is cut into parts, again and again.
pub(super) async fn at(reader: &GenerationReader, room: RoomId, position: Position) -> Result<Version, Error> {
    let rooms = reader.all(ROOMS);
    let room_row = first(rooms.find_one(doc! { "_id": binary(room.0) })).await?;
    let (mut low, mut high) = (0, room_row.map_or(Ok(0), |row| row.number("applied"))?);
    while low < high {
        let part = (high - low).div_ceil(AT_ONCE);
        let looked: Vec<_> = (1..=AT_ONCE).map(|n| (low + n * part).min(high)).collect();
        let found = looked_up(reader, room, &looked).await?;
        let is_over = |version: &&Version| found.get(version).is_none_or(|at| *at > position);
        let over = looked.iter().find(is_over).copied();
        low = looked.iter().copied().take_while(|version| Some(*version) != over).last().unwrap_or(low);
        high = over.map_or(high, |over| over - 1);
    }
    Ok(low)
}

/// The positions of some versions.
async fn looked_up(
    reader: &GenerationReader,
    room: RoomId,
    versions: &[Version],
) -> Result<BTreeMap<Version, Position>, Error> {
    let numbers: Vec<_> = versions.iter().map(|version| Bson::from(int(*version))).collect();
    let keys: Vec<_> = versions.iter().map(|version| version_key(room, *version)).collect();
    found(reader, room, Bson::from(doc! { "$in": numbers }), Bson::from(doc! { "$in": keys }), 2 * AT_ONCE).await
}

pub(super) async fn positions(
    reader: &GenerationReader,
    room: RoomId,
    after: Version,
    up_to: Version,
    limit: u32,
) -> Result<Vec<Position>, Error> {
    let versions = doc! { "$gt": int(after), "$lte": int(up_to) };
    let keys = doc! { "$gt": version_key(room, after), "$lte": version_key(room, up_to) };
    let found = found(reader, room, versions.into(), keys.into(), limit.into()).await?;
    Ok(found.into_values().take(limit as usize).collect())
}

/// The first positions of versions that have a message, and of those that have a change.
async fn found(
    reader: &GenerationReader,
    room: RoomId,
    versions: Bson,
    keys: Bson,
    limit: u64,
) -> Result<BTreeMap<Version, Position>, Error> {
    let (messages, changes, limit) = (reader.all(MESSAGES), reader.all(CHANGES), int(limit));
    let sent = messages.find(doc! { "room": binary(room.0), "version": versions }).limit(limit);
    let sent = sent.sort(doc! { "room": 1, "version": 1 }).projection(doc! { "version": 1, "position": 1 });
    let others = changes.find(doc! { "_id": keys }).limit(limit).sort(doc! { "_id": 1 });
    let (sent, others) = futures::try_join!(all(sent), all(others.projection(doc! { "position": 1 })))?;
    let of_message = |row: &RawDocument| Ok((row.number("version")?, row.number("position")?));
    let of_change = |row: &RawDocument| Ok((of_version_key(row.bytes("_id")?)?.1, row.number("position")?));
    sent.iter().map(|row| of_message(row)).chain(others.iter().map(|row| of_change(row))).collect()
}
