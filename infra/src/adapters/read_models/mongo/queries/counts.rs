//! Counting what somebody has not read.

use std::collections::{HashMap, HashSet};

use domain::{Kind, RoomId, UserId, Version};
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::Error;
use mongodb::options::Hint;

use super::super::fields::{Fields as _, binary, int, stream_key};
use super::super::schema::{DELETED, MESSAGES, PARKED, READ_MARKS};
use super::GenerationReader;
use super::find::{aggregated, all, any_of, first};
use super::messages::newest_each;

/// More rooms than on a page.
const MANY: usize = 100;

/// What is to be counted of a room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unread {
    pub(super) room: RoomId,
    /// When they last came: what was said before is not unread.
    pub(super) from: Version,
    /// The number of the last message that counts.
    pub(super) last: u64,
}

type Numbers = HashMap<RoomId, u64>;

/// How many messages of each room `user` has not read: those behind their mark, without the deleted ones.
pub(super) async fn count(reader: &GenerationReader, user: UserId, rooms: &[Unread]) -> Result<Numbers, Error> {
    let (marks, before) = futures::try_join!(marks(reader, user, rooms), before(reader, rooms))?;
    let read = |room: RoomId| marks.get(&room).max(before.get(&room)).copied().unwrap_or(0);
    let behind: Vec<_> = rooms.iter().map(|of| (of.room, read(of.room), of.last)).collect();
    let deleted = deleted(reader, &behind).await?;
    let unread = |(room, read, last): (RoomId, u64, u64)| {
        (room, last.saturating_sub(read).saturating_sub(deleted.get(&room).copied().unwrap_or(0)))
    };
    Ok(behind.into_iter().map(unread).collect())
}

/// Up to which number they said that they have read.
async fn marks(reader: &GenerationReader, user: UserId, rooms: &[Unread]) -> Result<Numbers, Error> {
    let ids: Vec<_> = rooms.iter().map(|of| binary(of.room.0)).collect();
    let marks = reader.all(READ_MARKS);
    let find = marks.find(doc! { "room": { "$in": ids }, "user": binary(user.0) });
    numbers(&all(find.projection(doc! { "room": 1, "number": 1 })).await?, "room")
}

/// The number of the last message before they came.
async fn before(reader: &GenerationReader, rooms: &[Unread]) -> Result<Numbers, Error> {
    // Before the first version there is none.
    let later = rooms.iter().filter(|of| of.from > 1);
    let later = later.map(|of| doc! { "room": binary(of.room.0), "up_to": int(of.from) }).collect();
    numbers(&newest_each(reader, later, "$lt", doc! { "room": 1, "number": 1 }).await?, "room")
}

/// How many messages above the first number and up to the second were deleted.
async fn deleted(reader: &GenerationReader, behind: &[(RoomId, u64, u64)]) -> Result<Numbers, Error> {
    let between = |(room, read, last): &(RoomId, u64, u64)| {
        let numbers = doc! { "$gt": int(*read), "$lte": int(*last) };
        doc! { "room": binary(room.0), "number": numbers, "deleted_at": { "$gte": i64::MIN } }
    };
    let some: Vec<_> = behind.iter().filter(|(_, read, last)| read < last).map(between).collect();
    if some.is_empty() {
        return Ok(Numbers::new());
    }
    let group = doc! { "$group": { "_id": "$room", "number": { "$sum": 1 } } };
    let pipeline = [doc! { "$match": any_of(some) }, group];
    let messages = reader.all(MESSAGES);
    // Without it, MongoDB tries the other index too, for each room. That they have a time is asked by a bound: that there is one
    // (`$exists`) is not seen from the index, and each message would be read.
    let count = messages.aggregate(pipeline).hint(Hint::Name(DELETED.to_owned()));
    numbers(&aggregated(count).await?, "_id")
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
