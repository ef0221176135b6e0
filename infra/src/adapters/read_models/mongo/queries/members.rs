//! Reading how far the members of a room said that they have read.

use std::collections::HashSet;

use domain::{RoomId, UserId, Version};
use mongodb::bson::doc;
use mongodb::error::Error;
use query_side::ports::Mark;

use super::super::fields::{Fields as _, binary, int};
use super::super::schema::{MEMBERSHIPS, MESSAGES, READ_MARKS, ROOMS};
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
    let mut marks = vec![];
    for mark in found {
        marks.push(Mark { user: mark.id("user")?, up_to: mark.number("up_to")? });
    }
    let own = own_messages(reader, room, &marks).await?;
    marks.retain(|mark| !own.contains(&(mark.user, mark.up_to)));
    Ok(marks)
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

/// Authors and versions of the messages at which marks lie.
async fn own_messages(
    reader: &GenerationReader,
    room: RoomId,
    marks: &[Mark],
) -> Result<HashSet<(UserId, Version)>, Error> {
    let versions: Vec<_> = marks.iter().map(|mark| int(mark.up_to)).collect();
    let messages = reader.all(MESSAGES);
    let find = messages.find(doc! { "room": binary(room.0), "version": { "$in": versions } });
    let found = all(find.projection(doc! { "author": 1, "version": 1 })).await?;
    found.iter().map(|message| Ok((message.id("author")?, message.number("version")?))).collect()
}
