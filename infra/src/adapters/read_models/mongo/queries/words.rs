//! Finding messages by their terms.

use std::cmp::Reverse;
use std::collections::HashMap;

use domain::{Position, RoomId};
use futures::future::try_join_all;
use mongodb::bson::{Document, RawDocument, doc};
use mongodb::error::Error;
use mongodb::options::Hint;
use query_side::ports::{Feed, Found, NumberedMessage, Sought, Within};

use super::super::faults::unreadable;
use super::super::fields::{Fields as _, binary, int};
use super::super::schema::{MESSAGES, TERMS};
use super::GenerationReader;
use super::feeds::feeds;
use super::find::aggregated;
use super::messages::message;

/// The terms of which the rarest leads, and up to how many messages with each are counted.
const MOST_COUNTED: usize = 6;
const COUNTED_TO: i64 = 100;
/// Rooms in which they are counted, those with the newest activity.
const ASKED: usize = 10;
/// Messages with the leading term that are looked at, where others have to stand beside it.
const LOOKED_AT: i64 = 400;
/// Rooms that are searched with one command: up to so many, MongoDB merges what the index has of each, newest first, and stops at the
/// limit; of more (`internalQueryMaxScansToExplode`) it would sort everything first.
const ROOMS_AT_ONCE: usize = 200;

/// Some rooms after the others, until nothing in the rest can be newer than what was found.
pub(super) async fn search(reader: &GenerationReader, sought: &Sought) -> Result<Found, Error> {
    let (rooms, is_parked) = rooms(reader, &sought.within).await?;
    let Some(lead) = lead(reader, sought, &rooms).await? else { return Ok(Found::default()) };
    let mut all = Found { is_parked, ..Found::default() };
    for some in rooms.chunks(ROOMS_AT_ONCE) {
        let end = end(&all, sought.limit as usize);
        if some[0].1 < end {
            break;
        }
        add(&mut all, in_some(reader, sought, some, lead, end).await?);
    }
    Ok(all)
}

/// Rooms, the newest activity first, and whether one of them is parked.
async fn rooms(reader: &GenerationReader, within: &Within) -> Result<(Vec<(RoomId, Position)>, bool), Error> {
    let user = match within {
        Within::Rooms(rooms) => return Ok((rooms.clone(), false)),
        Within::RoomsOf(user) => *user,
    };
    let mut rooms = feeds(reader, user).await?;
    rooms.retain(Feed::is_member);
    rooms.sort_unstable_by_key(|room| Reverse(room.activity));
    let is_parked = rooms.iter().any(|room| room.is_parked);
    Ok((rooms.iter().map(|room| (room.room, room.activity)).collect(), is_parked))
}

/// The newest in some of the rooms that are not older than `end`.
async fn in_some(
    reader: &GenerationReader,
    sought: &Sought,
    rooms: &[(RoomId, Position)],
    lead: &str,
    end: Position,
) -> Result<Found, Error> {
    let most = if sought.terms.len() > 1 { LOOKED_AT } else { sought.limit.into() };
    let mut filter = with_term(rooms, lead);
    filter.insert("position", doc! { "$gte": int(end), "$lt": int(sought.before) });
    let found = [
        doc! { "$match": { "terms": { "$all": &sought.terms } } },
        doc! { "$limit": i64::from(sought.limit) },
        doc! { "$unset": "terms" },
    ];
    let looked = doc! { "_id": null, "count": { "$sum": 1 }, "lowest": { "$min": "$position" } };
    let pipeline = [
        doc! { "$match": filter },
        doc! { "$sort": { "position": -1 } },
        doc! { "$limit": most },
        doc! { "$facet": { "found": &found[..], "looked": [{ "$group": looked }] } },
    ];
    let messages = reader.all(MESSAGES);
    let both = aggregated(messages.aggregate(pipeline).hint(Hint::Name(TERMS.to_owned()))).await?;
    let Some(both) = both.first() else { return Ok(Found::default()) };
    Ok(Found { messages: known(both, rooms)?, looked_to: looked_to(both, most)?, is_parked: false })
}

/// What is older can not be on the page: so many were found that are newer, or to there only everything was looked at.
fn end(all: &Found, limit: usize) -> Position {
    let nearest = all.messages.get(limit - 1).map_or(0, |(position, _)| *position);
    nearest.max(all.looked_to)
}

/// Adds what was found in other rooms.
fn add(all: &mut Found, found: Found) {
    all.messages.extend(found.messages);
    all.messages.sort_unstable_by_key(|(position, _)| Reverse(*position));
    all.looked_to = all.looked_to.max(found.looked_to);
}

fn with_term(rooms: &[(RoomId, Position)], term: &str) -> Document {
    let rooms: Vec<_> = rooms.iter().map(|(room, _)| binary(room.0)).collect();
    doc! { "room": { "$in": rooms }, "terms": term }
}

/// The rarest of the terms: that whose hundredth message in some rooms lies furthest back, or of which there are the fewest.
async fn lead<'t>(
    reader: &GenerationReader,
    sought: &'t Sought,
    rooms: &[(RoomId, Position)],
) -> Result<Option<&'t String>, Error> {
    if sought.terms.len() < 2 {
        return Ok(sought.terms.first());
    }
    let some = &rooms[..rooms.len().min(ASKED)];
    let mut longest: Vec<_> = sought.terms.iter().collect();
    longest.sort_by_key(|term| Reverse(term.len()));
    longest.truncate(MOST_COUNTED);
    let frequent = try_join_all(longest.iter().map(|term| frequency(reader, some, term))).await?;
    Ok(frequent.into_iter().zip(longest).min_by_key(|(frequency, _)| *frequency).map(|(_, term)| term))
}

/// Where the last of so many messages with a term lies, 0 when there are fewer; and how many there are.
async fn frequency(
    reader: &GenerationReader,
    rooms: &[(RoomId, Position)],
    term: &str,
) -> Result<(Position, u64), Error> {
    let pipeline = [
        doc! { "$match": with_term(rooms, term) },
        doc! { "$sort": { "position": -1 } },
        doc! { "$limit": COUNTED_TO },
        doc! { "$group": { "_id": null, "count": { "$sum": 1 }, "lowest": { "$min": "$position" } } },
    ];
    let messages = reader.all(MESSAGES);
    let found = aggregated(messages.aggregate(pipeline).hint(Hint::Name(TERMS.to_owned()))).await?;
    let Some(found) = found.first() else { return Ok((0, 0)) };
    let count = found.number("count")?;
    Ok((if int(count) < COUNTED_TO { 0 } else { found.number("lowest")? }, count))
}

/// What was found of what the rooms are known to have: some may be there before the room says so.
fn known(both: &RawDocument, rooms: &[(RoomId, Position)]) -> Result<Vec<(Position, NumberedMessage)>, Error> {
    let rooms: HashMap<RoomId, Position> = rooms.iter().copied().collect();
    let mut known = vec![];
    for row in both.get_array("found")? {
        let row = row?.as_document().ok_or_else(|| unreadable("found"))?;
        let (room, position) = (row.id("room")?, row.number("position")?);
        if rooms.get(&room).is_some_and(|last| position <= *last) {
            known.push((position, message(row)?));
        }
    }
    Ok(known)
}

/// Down to where everything was looked at.
fn looked_to(both: &RawDocument, most: i64) -> Result<Position, Error> {
    let looked = both.get_array("looked")?.into_iter().next().transpose()?;
    let Some(looked) = looked.and_then(|looked| looked.as_document()) else { return Ok(0) };
    if int(looked.number("count")?) < most {
        return Ok(0);
    }
    looked.number("lowest")
}
