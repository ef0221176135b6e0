//! From rows to writes. Each can be made again, late, or after a newer one: it then changes nothing.

use domain::room::MessageType;
use domain::{MessageId, Timestamp, UserId, Version};
use mongodb::bson::raw::cstr;
use mongodb::bson::{RawArrayBuf, RawDocumentBuf, rawdoc};
use projections::timeline::{ChangeRow, Erased, Joined, Left, ReadMark, Rewritten, RoomRow, Sent, search_terms};

use super::fields::{binary, int, version_key};
use crate::adapters::read_models::told::is_told;

/// A reaction as a version of its room left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reaction {
    pub(super) message: MessageId,
    pub(super) emoji: String,
    pub(super) user: UserId,
    pub(super) version: Version,
    pub(super) stands: bool,
}

/// A message as it is after the version `at`.
pub(super) fn message(row: &Sent, at: Version) -> RawDocumentBuf {
    let mut document = rawdoc! {
        "_id": binary(row.id.0),
        "room": binary(row.room.0),
        "version": int(row.version),
        "number": int(row.number),
        "author": binary(row.author.0),
        "type": type_name(row.message_type),
        "sent_at": row.sent_at.0,
        "position": int(row.position),
        "at": int(at),
    };
    if let Some(content) = &row.content {
        document.append(cstr!("content"), content.as_str());
        document.append(cstr!("terms"), terms(content));
    }
    if let Some(reply_to) = row.reply_to {
        document.append(cstr!("reply_to"), binary(reply_to.0));
    }
    if let Some(Timestamp(edited_at)) = row.edited_at {
        document.append(cstr!("edited_at"), edited_at);
    }
    if let Some(Timestamp(deleted_at)) = row.deleted_at {
        document.append(cstr!("deleted_at"), deleted_at);
    }
    document
}

/// A message that is there already, as it is after a later version.
pub(super) fn rewritten(row: &Rewritten) -> RawDocumentBuf {
    let mut set = rawdoc! { "at": int(row.version) };
    if let Some(Timestamp(edited_at)) = row.edited_at {
        set.append(cstr!("edited_at"), edited_at);
    }
    if let Some(Timestamp(deleted_at)) = row.deleted_at {
        set.append(cstr!("deleted_at"), deleted_at);
    }
    let how = match &row.content {
        Some(content) => {
            set.append(cstr!("content"), content.as_str());
            set.append(cstr!("terms"), terms(content));
            rawdoc! { "$set": set }
        }
        None => rawdoc! { "$set": set, "$unset": { "content": "", "terms": "" } },
    };
    rawdoc! { "q": { "_id": binary(row.id.0), "at": { "$lt": int(row.version) } }, "u": how }
}

/// What a message with this content is found by.
fn terms(content: &str) -> RawArrayBuf {
    search_terms(Some(content)).into_iter().collect()
}

/// All messages of an author in a room, as they are after the erasure. What came to them before it can not come once more: `at` stays.
pub(super) fn erased(row: &Erased) -> RawDocumentBuf {
    rawdoc! {
        "q": {
            "room": binary(row.room.0),
            "author": binary(row.author.0),
            "version": { "$lt": int(row.version) },
            "content": { "$exists": true },
        },
        "u": { "$unset": { "content": "", "terms": "" } },
        "multi": true,
    }
}

/// All names that somebody gave a room, as they are after the erasure.
pub(super) fn nameless(row: &Erased) -> RawDocumentBuf {
    rawdoc! {
        "q": {
            "_id": { "$gte": version_key(row.room, 0), "$lt": version_key(row.room, row.version) },
            "actor": binary(row.author.0),
            "name": { "$exists": true },
        },
        "u": { "$unset": { "name": "" } },
        "multi": true,
    }
}

pub(super) fn change(row: &ChangeRow) -> RawDocumentBuf {
    let mut document = rawdoc! {
        "_id": version_key(row.room, row.version),
        "kind": row.kind,
        "detail": row.detail.as_str(),
        "at": row.at.0,
        "position": int(row.position),
    };
    if let Some(message) = row.message {
        document.append(cstr!("message"), binary(message.0));
    }
    if let Some(actor) = row.actor {
        document.append(cstr!("actor"), binary(actor.0));
    }
    if let Some(name) = &row.name {
        document.append(cstr!("name"), name.as_str());
    }
    if is_told(row.kind) {
        document.append(cstr!("told"), true);
    }
    document
}

pub(super) fn reaction(row: &Reaction) -> RawDocumentBuf {
    rawdoc! {
        "q": {
            "message": binary(row.message.0),
            "emoji": row.emoji.as_str(),
            "user": binary(row.user.0),
            "version": { "$lt": int(row.version) },
        },
        "u": { "$set": { "version": int(row.version), "on": row.stands } },
        "upsert": true,
    }
}

/// Ends the interval that began before: one that began later is another.
pub(super) fn left(row: &Left) -> RawDocumentBuf {
    rawdoc! {
        "q": {
            "room": binary(row.room.0),
            "user": binary(row.user.0),
            "from": { "$lt": int(row.to) },
            "to": { "$exists": false },
        },
        "u": { "$set": { "to": int(row.to) } },
    }
}

/// An interval has one end, whoever writes it: what is not known yet takes nothing away.
pub(super) fn joined(row: &Joined) -> RawDocumentBuf {
    let how = match row.to {
        Some(to) => rawdoc! { "$set": { "to": int(to) } },
        None => rawdoc! { "$setOnInsert": {} },
    };
    let query = rawdoc! { "room": binary(row.room.0), "user": binary(row.user.0), "from": int(row.from) };
    rawdoc! { "q": query, "u": how, "upsert": true }
}

pub(super) fn mark(row: &ReadMark) -> RawDocumentBuf {
    rawdoc! {
        "q": { "room": binary(row.room.0), "user": binary(row.user.0), "number": { "$lt": int(row.number) } },
        "u": { "$set": { "number": int(row.number), "up_to": int(row.up_to), "read_at": row.read_at.0 } },
        "upsert": true,
    }
}

pub(super) fn room(row: &RoomRow) -> RawDocumentBuf {
    rawdoc! {
        "q": { "_id": binary(row.room.0), "applied": { "$lt": int(row.applied) } },
        "u": {
            "$set": { "applied": int(row.applied), "activity": int(row.activity), "activity_at": row.activity_at.0 },
            "$max": { "last_number": int(row.last_number) },
        },
        "upsert": true,
    }
}

/// As serde writes it.
const fn type_name(message_type: MessageType) -> &'static str {
    match message_type {
        MessageType::Text => "text",
        MessageType::Image => "image",
        MessageType::File => "file",
    }
}
