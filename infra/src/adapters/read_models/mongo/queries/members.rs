//! Reading how far the members of a room have read.

use domain::{RoomId, UserId};
use mongodb::bson::doc;
use mongodb::error::Error;
use query_side::ports::Mark;

use super::super::fields::{Fields as _, binary, int};
use super::super::schema::{MEMBERSHIPS, READ_MARKS, ROOMS};
use super::GenerationReader;
use super::find::{all, first};

pub(super) async fn marks(
    reader: &GenerationReader,
    room: RoomId,
    user: UserId,
    largest: u32,
) -> Result<Vec<Mark>, Error> {
    let others = members(reader, room, largest).await?.into_iter().filter(|member| *member != user);
    let others: Vec<_> = others.map(|member| binary(member.0)).collect();
    let filter = doc! { "room": binary(room.0), "user": { "$in": others }, "number": { "$gt": 0 } };
    let marks = reader.all(READ_MARKS);
    let found = all(marks.find(filter).sort(doc! { "room": 1, "user": 1 })).await?;
    found.iter().map(|mark| Ok(Mark { user: mark.id("user")?, up_to: mark.number("up_to")? })).collect()
}

/// Who is in the room; nobody, where that are more than `largest`.
async fn members(reader: &GenerationReader, room: RoomId, largest: u32) -> Result<Vec<UserId>, Error> {
    let rooms = reader.all(ROOMS);
    let Some(of) = first(rooms.find_one(doc! { "_id": binary(room.0) })).await? else { return Ok(vec![]) };
    let applied = int(of.number("applied")?);
    let stays = doc! { "$or": [{ "to": { "$exists": false } }, { "to": { "$gt": applied } }] };
    let filter = doc! { "room": binary(room.0), "from": { "$lte": applied }, "$and": [stays] };
    let memberships = reader.all(MEMBERSHIPS);
    let found = all(memberships.find(filter).limit(i64::from(largest) + 1)).await?;
    if found.len() > largest as usize {
        return Ok(vec![]);
    }
    found.iter().map(|member| member.id("user")).collect()
}
