//! Reading messages.

use std::collections::{HashMap, HashSet};

use command_side::api::views::MessageView;
use domain::{MessageId, RoomId, Version};
use mongodb::bson::{Document, RawDocument, doc};
use mongodb::error::Error;
use query_side::ports::{NumberedMessage, Slice};

use super::super::fields::{Fields as _, binary, int};
use super::super::schema::MESSAGES;
use super::GenerationReader;
use super::find::{aggregated, all};

pub(super) async fn messages(
    reader: &GenerationReader,
    room: RoomId,
    up_to: Version,
    slice: Slice,
    limit: u32,
) -> Result<Vec<NumberedMessage>, Error> {
    let (order, up_to, after) = match slice {
        Slice::Older { before, after } => {
            (-1, before.map_or(up_to, |before| up_to.min(before.saturating_sub(1))), after)
        }
        Slice::Newer { after } => (1, up_to, after),
    };
    let filter = doc! { "room": binary(room.0), "version": { "$gt": int(after), "$lte": int(up_to) } };
    let messages = reader.all(MESSAGES);
    let found = all(messages.find(filter).sort(doc! { "room": order, "version": order }).limit(limit.into())).await?;
    found.iter().map(|found| message(found)).collect()
}

pub(super) async fn last(
    reader: &GenerationReader,
    rooms: &[(RoomId, Version)],
) -> Result<Vec<NumberedMessage>, Error> {
    let mut last = newest(reader, rooms).await?;
    let known: HashMap<RoomId, Version> = rooms.iter().copied().collect();
    let (mut ahead, mut earlier) = (HashSet::new(), vec![]);
    for message in &last {
        let (room, version) = (message.view.room_id, message.view.version);
        if let Some(up_to) = known.get(&room).filter(|up_to| version > **up_to) {
            ahead.insert(room);
            earlier.push(doc! { "room": binary(room.0), "up_to": int(*up_to) });
        }
    }
    last.retain(|message| !ahead.contains(&message.view.room_id));
    for found in newest_each(reader, earlier, "$lte", doc! {}).await? {
        last.push(message(&found)?);
    }
    Ok(last)
}

pub(super) async fn by_ids(reader: &GenerationReader, ids: &[MessageId]) -> Result<Vec<NumberedMessage>, Error> {
    let ids: Vec<_> = ids.iter().map(|id| binary(id.0)).collect();
    let found = all(reader.all(MESSAGES).find(doc! { "_id": { "$in": ids } })).await?;
    found.iter().map(|found| message(found)).collect()
}

/// The newest message of each room, whether the room says that it is there or not: from the index, one key a room.
async fn newest(reader: &GenerationReader, rooms: &[(RoomId, Version)]) -> Result<Vec<NumberedMessage>, Error> {
    let rooms: Vec<_> = rooms.iter().map(|(room, _)| binary(room.0)).collect();
    let pipeline = [
        doc! { "$match": { "room": { "$in": rooms } } },
        doc! { "$sort": { "room": -1, "version": -1 } },
        doc! { "$group": { "_id": "$room", "newest": { "$first": "$$ROOT" } } },
        doc! { "$replaceWith": "$newest" },
    ];
    let found = aggregated(reader.all(MESSAGES).aggregate(pipeline)).await?;
    found.iter().map(|found| message(found)).collect()
}

/// Of each of `rooms` (`room`, `up_to`) the newest message below, or at or below, a version; more of the pipeline in `what`.
pub(super) async fn newest_each(
    reader: &GenerationReader,
    rooms: Vec<Document>,
    below: &str,
    what: Document,
) -> Result<Vec<mongodb::bson::RawDocumentBuf>, Error> {
    if rooms.is_empty() {
        return Ok(vec![]);
    }
    let is_of = doc! { "$and": [{ "$eq": ["$room", "$$room"] }, { below: ["$version", "$$up_to"] }] };
    let mut newest = vec![
        doc! { "$match": { "$expr": is_of } },
        doc! { "$sort": { "room": -1, "version": -1 } },
        doc! { "$limit": 1 },
    ];
    newest.extend((!what.is_empty()).then(|| doc! { "$project": what }));
    let lookup = doc! {
        "from": MESSAGES,
        "let": { "room": "$room", "up_to": "$up_to" },
        "pipeline": newest,
        "as": "found",
    };
    let pipeline = [
        doc! { "$documents": rooms },
        doc! { "$lookup": lookup },
        doc! { "$unwind": "$found" },
        doc! { "$replaceWith": "$found" },
    ];
    aggregated(reader.database.aggregate(pipeline)).await
}

/// A document of `messages`.
pub(super) fn message(row: &RawDocument) -> Result<NumberedMessage, Error> {
    let (sent_at, edited_at, deleted_at) =
        (row.time("sent_at")?, row.time_or_none("edited_at")?, row.time_or_none("deleted_at")?);
    let view = MessageView {
        id: row.id("_id")?,
        room_id: row.id("room")?,
        user_id: row.id("author")?,
        username: None,
        content: row.text_or_none("content")?.filter(|_| deleted_at.is_none()).map(str::to_owned),
        message_type: row.word("type")?,
        version: row.number("version")?,
        reply_to: row.id_or_none("reply_to")?,
        reactions: None,
        is_edited: edited_at.is_some(),
        edited_at,
        is_deleted: deleted_at.is_some(),
        deleted_at,
        read_by: None,
        read_count: 0,
        created_at: sent_at,
        updated_at: sent_at.max(edited_at.unwrap_or(sent_at)).max(deleted_at.unwrap_or(sent_at)),
    };
    Ok(NumberedMessage { number: row.number("number")?, view })
}
