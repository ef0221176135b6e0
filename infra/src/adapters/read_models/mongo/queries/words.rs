//! Finding messages by their terms.

use std::cmp::Reverse;
use std::collections::HashMap;

use domain::{Position, RoomId};
use futures::future::try_join_all;
use mongodb::bson::{Binary, Document, RawDocument, doc};
use mongodb::error::Error;
use mongodb::options::Hint;
use query_side::ports::{Found, NumberedMessage, Sought};

use super::super::faults::unreadable;
use super::super::fields::{Fields as _, binary, int};
use super::super::schema::{MESSAGES, TERMS};
use super::GenerationReader;
use super::find::aggregated;
use super::messages::message;

/// The terms of which the rarest leads, and up to how many messages with each are counted.
const MOST_COUNTED: usize = 6;
const COUNTED_TO: i64 = 500;
/// Messages with the leading term that are looked at, where others have to stand beside it.
const LOOKED_AT: i64 = 1_000;

pub(super) async fn search(reader: &GenerationReader, sought: &Sought) -> Result<Found, Error> {
    let rooms: Vec<_> = sought.rooms.iter().map(|(room, _)| binary(room.0)).collect();
    let Some(lead) = lead(reader, &rooms, &sought.terms).await? else { return Ok(Found::default()) };
    let most = if sought.terms.len() > 1 { LOOKED_AT } else { sought.limit.into() };
    let mut filter = with_term(&rooms, lead);
    filter.insert("position", doc! { "$lt": int(sought.before) });
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
    Ok(Found { messages: known(both, sought)?, looked_to: looked_to(both, most)? })
}

fn with_term(rooms: &[Binary], term: &str) -> Document {
    doc! { "room": { "$in": rooms }, "terms": term }
}

/// The rarest of the terms in the rooms.
async fn lead<'t>(
    reader: &GenerationReader,
    rooms: &[Binary],
    terms: &'t [String],
) -> Result<Option<&'t String>, Error> {
    if terms.len() < 2 {
        return Ok(terms.first());
    }
    let mut longest: Vec<_> = terms.iter().collect();
    longest.sort_by_key(|term| Reverse(term.len()));
    longest.truncate(MOST_COUNTED);
    let counts = try_join_all(longest.iter().map(|term| count(reader, rooms, term))).await?;
    Ok(counts.into_iter().zip(longest).min_by_key(|(count, _)| *count).map(|(_, term)| term))
}

async fn count(reader: &GenerationReader, rooms: &[Binary], term: &str) -> Result<u64, Error> {
    let pipeline =
        [doc! { "$match": with_term(rooms, term) }, doc! { "$limit": COUNTED_TO }, doc! { "$count": "count" }];
    let messages = reader.all(MESSAGES);
    let found = aggregated(messages.aggregate(pipeline).hint(Hint::Name(TERMS.to_owned()))).await?;
    found.first().map_or(Ok(0), |row| row.number("count"))
}

/// What was found of what the rooms are known to have: some may be there before the room says so.
fn known(both: &RawDocument, sought: &Sought) -> Result<Vec<(Position, NumberedMessage)>, Error> {
    let rooms: HashMap<RoomId, Position> = sought.rooms.iter().copied().collect();
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
