//! Reading who has read what, and who reacted how.

use std::collections::{HashMap, HashSet};

use command_side::api::views::ReactionView;
use domain::{MessageId, RoomId, UserId};
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::Error;
use query_side::ports::{Reached, Reader, Stay};
use uuid::Uuid;

use super::super::faults::unreadable;
use super::super::fields::{Fields as _, binary, int};
use super::super::schema::{MEMBERSHIPS, REACTIONS, READ_MARKS};
use super::GenerationReader;
use super::find::{aggregated, all, any_of, stay};

/// So many users are named with an emoji; all are counted.
const MOST_NAMED: i32 = 20;
/// Of a room with more readers than this, the members who were not there all the time are read instead: mostly there are none.
const MANY: usize = 200;

type Users = HashMap<RoomId, Vec<UserId>>;

pub(super) async fn reactions(
    reader: &GenerationReader,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<ReactionView>>, Error> {
    let ids: Vec<_> = messages.iter().map(|message| binary(message.0)).collect();
    let group = doc! {
        "_id": { "message": "$message", "emoji": "$emoji" },
        "total": { "$sum": 1 },
        "first": { "$first": "$version" },
        "users": { "$firstN": { "input": "$user", "n": MOST_NAMED } },
    };
    let pipeline = [
        doc! { "$match": { "message": { "$in": ids }, "on": true } },
        doc! { "$sort": { "version": 1 } },
        doc! { "$group": group },
        doc! { "$sort": { "first": 1 } },
    ];
    let mut all: HashMap<MessageId, Vec<ReactionView>> = HashMap::new();
    for row in aggregated(reader.all(REACTIONS).aggregate(pipeline)).await? {
        let key = row.part("_id")?;
        let (emoji, count) = (key.text("emoji")?.to_owned(), row.number("total")?);
        all.entry(key.id("message")?).or_default().push(ReactionView { emoji, count, user_ids: users(&row)? });
    }
    Ok(all)
}

fn users(row: &RawDocumentBuf) -> Result<Vec<UserId>, Error> {
    let user = |user: mongodb::bson::RawBsonRef<'_>| Uuid::from_slice(user.as_binary()?.bytes).ok().map(UserId);
    row.get_array("users")?.into_iter().map(|one| user(one?).ok_or_else(|| unreadable("users"))).collect()
}

pub(super) async fn readers(reader: &GenerationReader, from: &[Reached]) -> Result<Vec<Reader>, Error> {
    let mut readers = marked(reader, from).await?;
    let users = by_room(&readers, |_| true);
    let (many, few): (Users, Users) = users.into_iter().partition(|(_, users)| users.len() > MANY);
    let many: Vec<_> = from.iter().filter(|at| many.contains_key(&at.room)).collect();
    let (mut stays, passing) = futures::try_join!(stays(reader, &few), passing(reader, &many))?;
    let passing = by_room(&readers, |of| passing.contains(&(of.room, of.user)));
    stays.extend(self::stays(reader, &passing).await?);
    let throughout: HashMap<_, _> = many.iter().map(|at| (at.room, Stay { from: at.version, to: None })).collect();
    for of in &mut readers {
        let always = || throughout.get(&of.room).map(|stay| vec![*stay]);
        of.stays = stays.remove(&(of.room, of.user)).or_else(always).unwrap_or_default();
    }
    // Who never was in the room has read nothing there.
    readers.retain(|of| !of.stays.is_empty());
    Ok(readers)
}

/// Those who have a mark there or further on, without when they were there.
async fn marked(reader: &GenerationReader, from: &[Reached]) -> Result<Vec<Reader>, Error> {
    let of_room = |at: &Reached| doc! { "room": binary(at.room.0), "number": { "$gte": int(at.number) } };
    let marks = reader.all(READ_MARKS);
    let find = marks.find(any_of(from.iter().map(of_room).collect()));
    let found = all(find.projection(doc! { "_id": 0, "room": 1, "user": 1, "number": 1, "read_at": 1 })).await?;
    let of = |row: &RawDocumentBuf| {
        let (number, read_at) = (row.number("number")?, row.time("read_at")?);
        Ok(Reader { room: row.id("room")?, user: row.id("user")?, number, read_at, stays: vec![] })
    };
    found.iter().map(of).collect()
}

fn by_room(readers: &[Reader], is_one: impl Fn(&Reader) -> bool) -> Users {
    let mut users = Users::new();
    for of in readers.iter().filter(|of| is_one(of)) {
        users.entry(of.room).or_default().push(of.user);
    }
    users
}

/// Those who came after a version, or went at some time: all others were there from then on.
async fn passing(reader: &GenerationReader, from: &[&Reached]) -> Result<HashSet<(RoomId, UserId)>, Error> {
    if from.is_empty() {
        return Ok(HashSet::new());
    }
    let of_room = |at: &&Reached| {
        let passing = vec![doc! { "from": { "$gt": int(at.version) } }, doc! { "to": { "$exists": true } }];
        doc! { "room": binary(at.room.0), "$or": passing }
    };
    let memberships = reader.all(MEMBERSHIPS);
    let find = memberships.find(any_of(from.iter().map(of_room).collect()));
    let found = all(find.projection(doc! { "_id": 0, "room": 1, "user": 1 })).await?;
    found.iter().map(|row| Ok((row.id("room")?, row.id("user")?))).collect()
}

/// When people were there, in order.
async fn stays(reader: &GenerationReader, users: &Users) -> Result<HashMap<(RoomId, UserId), Vec<Stay>>, Error> {
    let mut stays: HashMap<_, Vec<_>> = HashMap::new();
    if users.is_empty() {
        return Ok(stays);
    }
    let of_room = |(room, users): (&RoomId, &Vec<UserId>)| {
        let users: Vec<_> = users.iter().map(|user| binary(user.0)).collect();
        doc! { "room": binary(room.0), "user": { "$in": users } }
    };
    let memberships = reader.all(MEMBERSHIPS);
    let find = memberships.find(any_of(users.iter().map(of_room).collect())).sort(doc! { "from": 1 });
    for row in all(find.projection(doc! { "_id": 0, "room": 1, "user": 1, "from": 1, "to": 1 })).await? {
        stays.entry((row.id("room")?, row.id("user")?)).or_default().push(stay(&row)?);
    }
    Ok(stays)
}
