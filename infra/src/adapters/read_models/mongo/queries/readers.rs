//! Reading who has read what, and who reacted how.

use std::collections::HashMap;

use command_side::api::views::ReactionView;
use domain::{MessageId, RoomId, UserId};
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::Error;
use query_side::ports::{Reader, Stay};
use uuid::Uuid;

use super::super::faults::unreadable;
use super::super::fields::{Fields as _, binary, int};
use super::super::schema::{MEMBERSHIPS, REACTIONS, READ_MARKS};
use super::GenerationReader;
use super::find::{aggregated, all, any_of, stay};

/// So many users are named with an emoji; all are counted.
const MOST_NAMED: i32 = 20;

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

pub(super) async fn readers(reader: &GenerationReader, rooms: &[(RoomId, u64)]) -> Result<Vec<Reader>, Error> {
    let of_room = |(room, number): &(RoomId, u64)| doc! { "room": binary(room.0), "number": { "$gte": int(*number) } };
    let marks = reader.all(READ_MARKS);
    let marks = all(marks.find(any_of(rooms.iter().map(of_room).collect()))).await?;
    let stays = stays(reader, &marks).await?;
    let mut readers = vec![];
    for mark in &marks {
        let (room, user) = (mark.id("room")?, mark.id("user")?);
        let (number, read_at) = (mark.number("number")?, mark.time("read_at")?);
        // Who never was in the room has read nothing there.
        if let Some(stays) = stays.get(&(room, user)).cloned() {
            readers.push(Reader { room, user, number, read_at, stays });
        }
    }
    Ok(readers)
}

/// When those who have marks were there, in order.
async fn stays(
    reader: &GenerationReader,
    marks: &[RawDocumentBuf],
) -> Result<HashMap<(RoomId, UserId), Vec<Stay>>, Error> {
    let mut by_room: HashMap<Uuid, Vec<mongodb::bson::Binary>> = HashMap::new();
    for mark in marks {
        by_room.entry(mark.id("room")?).or_default().push(binary(mark.id("user")?));
    }
    let of_room = |(room, users)| doc! { "room": binary(room), "user": { "$in": users } };
    let memberships = reader.all(MEMBERSHIPS);
    let find = memberships.find(any_of(by_room.into_iter().map(of_room).collect())).sort(doc! { "from": 1 });
    let mut stays: HashMap<_, Vec<_>> = HashMap::new();
    for row in all(find).await? {
        stays.entry((row.id("room")?, row.id("user")?)).or_default().push(stay(&row)?);
    }
    Ok(stays)
}
