//! Reading how rooms are for one user.

use std::collections::HashMap;

use domain::{Position, RoomId, Timestamp, UserId, Version};
use mongodb::bson::{RawDocument, doc};
use mongodb::error::Error;
use query_side::ports::{Membership, RoomState, Stay};

use super::super::fields::{Fields as _, binary, int};
use super::super::schema::{MEMBERSHIPS, ROOMS};
use super::GenerationReader;
use super::counts::{self, Unread};
use super::find::{all, first, stay};

/// A room as it is; of those who are in it, up to the `number`-th message.
pub(super) async fn room(
    reader: &GenerationReader,
    user: UserId,
    room: RoomId,
    number: u64,
) -> Result<RoomState, Error> {
    let (rooms, memberships) = (reader.all(ROOMS), reader.all(MEMBERSHIPS));
    let Some(found) = first(rooms.find_one(doc! { "_id": binary(room.0) })).await? else { return Ok(unknown(room)) };
    // After the room: then it is at least what it was at the room's version.
    let find = memberships.find(doc! { "room": binary(room.0), "user": binary(user.0) });
    let stays = all(find.sort(doc! { "room": 1, "user": 1, "from": 1 })).await?;
    let stays = stays.iter().map(stay).collect::<Result<Vec<_>, _>>()?;
    let state = state(&found, membership(&stays, found.number("applied")?))?;
    let from = stays.iter().map(|stay| stay.from).filter(|from| *from <= state.applied).max().unwrap_or(0);
    let (wanted, rooms) = ([Unread { room, from, last: state.last_number.min(number) }], [room]);
    // Up to the 0th nothing is unread, whatever was read.
    let count = async { if number == 0 { Ok(HashMap::new()) } else { counts::count(reader, user, &wanted).await } };
    let (unread, parked) = futures::try_join!(count, counts::parked(reader, &rooms))?;
    Ok(RoomState { unread: unread.get(&room).copied().unwrap_or(0), is_parked: parked.contains(&room), ..state })
}

fn membership(stays: &[Stay], applied: Version) -> Membership {
    let is_or_was = |stay: &&Stay| stay.from <= applied;
    match stays.iter().filter(is_or_was).map(|stay| stay.contains(applied)).max() {
        Some(true) => Membership::Member,
        Some(false) => Membership::Gone,
        None => Membership::Outsider,
    }
}

pub(super) async fn rooms(
    reader: &GenerationReader,
    user: UserId,
    after: Option<(Position, RoomId)>,
    skip: u64,
    limit: u32,
) -> Result<Vec<RoomState>, Error> {
    let mut members = since(reader, user).await?;
    loop {
        let states = page(reader, &members, after, skip, limit).await?;
        let (counted, since) = futures::try_join!(counted(reader, user, &states, &members), since(reader, user))?;
        // Who was taken out of a room of the page meanwhile may not see what it has become.
        if states.iter().all(|state| members.get(&state.room) == since.get(&state.room)) {
            return Ok(counted);
        }
        members = since;
    }
}

/// A page of these rooms, newest activity first, with nothing counted.
async fn page(
    reader: &GenerationReader,
    members: &HashMap<RoomId, Version>,
    after: Option<(Position, RoomId)>,
    skip: u64,
    limit: u32,
) -> Result<Vec<RoomState>, Error> {
    let ids: Vec<_> = members.keys().map(|room| binary(room.0)).collect();
    let mut filter = doc! { "_id": { "$in": ids } };
    if let Some((activity, room)) = after {
        let same = doc! { "activity": int(activity), "_id": { "$lt": binary(room.0) } };
        filter.insert("$or", vec![doc! { "activity": { "$lt": int(activity) } }, same]);
    }
    let rooms = reader.all(ROOMS);
    let find = rooms.find(filter).sort(doc! { "activity": -1, "_id": -1 });
    let found = all(find.skip(skip.min(i64::MAX.unsigned_abs())).limit(limit.into())).await?;
    found.iter().map(|room| state(room, Membership::Member)).collect()
}

/// The rooms that somebody is a member of, and since when.
async fn since(reader: &GenerationReader, user: UserId) -> Result<HashMap<RoomId, Version>, Error> {
    let memberships = reader.all(MEMBERSHIPS);
    let find = memberships.find(doc! { "user": binary(user.0), "to": { "$exists": false } });
    let found = all(find.projection(doc! { "_id": 0, "room": 1, "from": 1 })).await?;
    found.iter().map(|stay| Ok((stay.id("room")?, stay.number("from")?))).collect()
}

/// With what is unread: counted for the page only, not for every room that is sorted.
async fn counted(
    reader: &GenerationReader,
    user: UserId,
    states: &[RoomState],
    since: &HashMap<RoomId, Version>,
) -> Result<Vec<RoomState>, Error> {
    let rooms: Vec<_> = states.iter().map(|state| state.room).collect();
    let wanted = |state: &RoomState| {
        let from = since.get(&state.room).copied().unwrap_or(0);
        Unread { room: state.room, from, last: state.last_number }
    };
    let wanted: Vec<_> = states.iter().map(wanted).collect();
    let (unread, parked) = futures::try_join!(counts::count(reader, user, &wanted), counts::parked(reader, &rooms))?;
    let with = |state: &RoomState| RoomState {
        unread: unread.get(&state.room).copied().unwrap_or(0),
        is_parked: parked.contains(&state.room),
        ..*state
    };
    Ok(states.iter().map(with).collect())
}

/// A room that is not known is one to which everybody is an outsider.
const fn unknown(room: RoomId) -> RoomState {
    RoomState {
        room,
        applied: 0,
        last_number: 0,
        activity: 0,
        activity_at: Timestamp(0),
        membership: Membership::Outsider,
        unread: 0,
        is_parked: false,
    }
}

fn state(row: &RawDocument, membership: Membership) -> Result<RoomState, Error> {
    Ok(RoomState {
        room: row.id("_id")?,
        applied: row.number("applied")?,
        last_number: row.number("last_number")?,
        activity: row.number("activity")?,
        activity_at: row.time("activity_at")?,
        membership,
        unread: 0,
        is_parked: false,
    })
}
