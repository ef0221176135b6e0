//! Counting what somebody has not read.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use domain::{Kind, RoomId, UserId, Version};
use futures::future::try_join_all;
use mongodb::bson::{Bson, RawDocumentBuf, doc};
use mongodb::error::Error;
use mongodb::options::Hint;

use super::super::fields::{Fields as _, binary, int, stream_key};
use super::super::schema::{DELETED, MESSAGES, PARKED, READ_MARKS};
use super::GenerationReader;
use super::find::{aggregated, all, any_of, first};
use super::messages::newest_each;

/// More rooms than on a page.
const MANY: usize = 100;
/// Unread messages in a room: of fewer, few can be deleted.
const MUCH: u64 = 1_000;
/// Rooms that are counted one by one.
const ALONE: usize = 4;

/// What is to be counted of a room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unread {
    pub(super) room: RoomId,
    /// When they last came: what was said before is not unread.
    pub(super) from: Version,
    /// The number of the last message that counts.
    pub(super) last: u64,
}

/// What somebody has read of a room.
#[derive(Clone, Copy, Debug)]
struct Mark {
    number: u64,
    up_to: Version,
}

type Numbers = HashMap<RoomId, u64>;

/// How many messages of each room `user` has not read: those behind their mark, without the deleted ones.
pub(super) async fn count(reader: &GenerationReader, user: UserId, rooms: &[Unread]) -> Result<Numbers, Error> {
    let marks = marks(reader, user, rooms).await?;
    let before = before(reader, rooms, &marks).await?;
    let marked = |room: RoomId| marks.get(&room).map(|mark| mark.number);
    let read = |room: RoomId| marked(room).max(before.get(&room).copied()).unwrap_or(0);
    let behind: Vec<_> = rooms.iter().map(|of| (of.room, read(of.room), of.last)).collect();
    let deleted = deleted(reader, &behind).await?;
    let unread = |(room, read, last): (RoomId, u64, u64)| {
        (room, last.saturating_sub(read).saturating_sub(deleted.get(&room).copied().unwrap_or(0)))
    };
    Ok(behind.into_iter().map(unread).collect())
}

/// Up to which message, and which version, they said that they have read.
async fn marks(reader: &GenerationReader, user: UserId, rooms: &[Unread]) -> Result<HashMap<RoomId, Mark>, Error> {
    let ids: Vec<_> = rooms.iter().map(|of| binary(of.room.0)).collect();
    let marks = reader.all(READ_MARKS);
    let find = marks.find(doc! { "room": { "$in": ids }, "user": binary(user.0) });
    let found = all(find.projection(doc! { "room": 1, "number": 1, "up_to": 1 })).await?;
    let mark = |row: &RawDocumentBuf| {
        Ok((row.id("room")?, Mark { number: row.number("number")?, up_to: row.number("up_to")? }))
    };
    found.iter().map(mark).collect()
}

/// The number of the last message before they came, of the rooms in which they have read nothing since.
async fn before(reader: &GenerationReader, rooms: &[Unread], marks: &HashMap<RoomId, Mark>) -> Result<Numbers, Error> {
    // Before the first version there is none.
    let is_sought = |of: &&Unread| of.from > 1 && marks.get(&of.room).is_none_or(|mark| mark.up_to + 1 < of.from);
    let later = rooms.iter().filter(is_sought);
    let later = later.map(|of| doc! { "room": binary(of.room.0), "up_to": int(of.from) }).collect();
    numbers(&newest_each(reader, later, "$lt", doc! { "room": 1, "number": 1 }).await?, "room")
}

/// How many messages above the first number and up to the second were deleted. Where most can be, they are counted room by room: only
/// then from the index alone.
async fn deleted(reader: &GenerationReader, behind: &[(RoomId, u64, u64)]) -> Result<Numbers, Error> {
    let span = |(_, read, last): &(RoomId, u64, u64)| last.saturating_sub(*read);
    let mut longest: Vec<_> = behind.iter().filter(|room| span(room) > 0).collect();
    longest.sort_unstable_by_key(|room| Reverse(span(room)));
    let alone = longest.iter().take(ALONE).take_while(|room| span(room) > MUCH).count();
    let (alone, several) = longest.split_at(alone);
    let several = (!several.is_empty()).then_some(several);
    let counted = alone.chunks(1).chain(several).map(|rooms| deleted_in(reader, rooms));
    Ok(try_join_all(counted).await?.into_iter().flatten().collect())
}

/// The same of several rooms at once, or of one.
async fn deleted_in(reader: &GenerationReader, behind: &[&(RoomId, u64, u64)]) -> Result<Vec<(RoomId, u64)>, Error> {
    let between = |(room, read, last): &&(RoomId, u64, u64)| {
        let numbers = doc! { "$gt": int(*read), "$lte": int(*last) };
        doc! { "room": binary(room.0), "number": numbers, "deleted_at": { "$gte": i64::MIN } }
    };
    // The field of one room need not be read.
    let by = if let [_] = *behind { Bson::Null } else { "$room".into() };
    let group = doc! { "$group": { "_id": by, "number": { "$sum": 1 } } };
    let pipeline = [doc! { "$match": any_of(behind.iter().map(between).collect()) }, group];
    let messages = reader.all(MESSAGES);
    // Without it, MongoDB tries the other index too, for each room. That they have a time is asked by a bound: that there is one
    // (`$exists`) is not seen from the index, and each message would be read.
    let count = aggregated(messages.aggregate(pipeline).hint(Hint::Name(DELETED.to_owned()))).await?;
    match *behind {
        [(room, ..)] => count.iter().map(|row| Ok((*room, row.number("number")?))).collect(),
        _ => count.iter().map(|row| Ok((row.id("_id")?, row.number("number")?))).collect(),
    }
}

fn numbers(rows: &[RawDocumentBuf], room: &str) -> Result<Numbers, Error> {
    rows.iter().map(|row| Ok((row.id(room)?, row.number("number")?))).collect()
}

/// Which of `rooms` stand still. Mostly none does anywhere, which is seen sooner than that none of many is among them.
pub(super) async fn parked(reader: &GenerationReader, rooms: &[RoomId]) -> Result<HashSet<RoomId>, Error> {
    let parked = reader.all(PARKED);
    if rooms.len() > MANY && first(parked.find_one(doc! {})).await?.is_none() {
        return Ok(HashSet::new());
    }
    let keys: Vec<_> = rooms.iter().map(|room| stream_key(Kind::Room.as_str(), room.0)).collect();
    let found = all(parked.find(doc! { "_id": { "$in": keys } })).await?;
    found.iter().map(|stream| stream.part("_id")?.id("id")).collect()
}
