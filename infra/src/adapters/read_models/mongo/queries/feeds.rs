//! Reading what goes to somebody's stream of all rooms.

use std::collections::HashMap;

use domain::{RoomId, UserId};
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::Error;
use query_side::ports::{Feed, Stay};

use super::super::fields::{Fields as _, binary};
use super::super::schema::{MEMBERSHIPS, ROOMS};
use super::find::{all, stay};
use super::{GenerationReader, counts};

/// Who is in a room is read after the room: what there is then is at least what there was at its version.
pub(super) async fn feeds(reader: &GenerationReader, user: UserId) -> Result<Vec<Feed>, Error> {
    let mut ids = stays(reader, user).await?.into_iter().map(|(room, _)| room).collect::<Vec<_>>();
    ids.dedup();
    let (rooms, parked) = futures::try_join!(rooms(reader, &ids), counts::parked(reader, &ids))?;
    let mut feeds: Vec<Feed> = vec![];
    for (room, stay) in stays(reader, user).await? {
        match (feeds.last_mut().filter(|feed| feed.room == room), rooms.get(&room)) {
            (Some(feed), _) => feed.stays.push(stay),
            (None, Some(of)) => {
                let (applied, activity) = (of.number("applied")?, of.number("activity")?);
                let is_parked = parked.contains(&room);
                feeds.push(Feed { room, applied, activity, is_parked, stays: vec![stay] });
            }
            // It is not here yet.
            (None, None) => {}
        }
    }
    let of_its_version = |feed: Feed| {
        let applied = feed.applied;
        feed.at(applied)
    };
    Ok(feeds.into_iter().map(of_its_version).filter(|feed| !feed.stays.is_empty()).collect())
}

/// When somebody was in which room, room by room.
async fn stays(reader: &GenerationReader, user: UserId) -> Result<Vec<(RoomId, Stay)>, Error> {
    let memberships = reader.all(MEMBERSHIPS);
    let find = memberships.find(doc! { "user": binary(user.0) }).sort(doc! { "user": 1, "room": 1, "from": 1 });
    let found = all(find.projection(doc! { "_id": 0, "room": 1, "from": 1, "to": 1 })).await?;
    found.iter().map(|row| Ok((row.id("room")?, stay(row)?))).collect()
}

async fn rooms(reader: &GenerationReader, ids: &[RoomId]) -> Result<HashMap<RoomId, RawDocumentBuf>, Error> {
    let ids: Vec<_> = ids.iter().map(|room| binary(room.0)).collect();
    let rooms = reader.all(ROOMS);
    let found = all(rooms.find(doc! { "_id": { "$in": ids } })).await?;
    found.into_iter().map(|room| Ok((room.id("_id")?, room))).collect()
}
