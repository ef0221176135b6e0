//! Which documents are which rows: the columns of the embedded timeline, in their order.

use mongodb::bson::{RawBsonRef, RawDocument};
use mongodb::error::Error;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::super::faults::unreadable;
use super::super::fields::{Fields as _, int, of_version_key};
use super::super::schema::{CHANGES, MEMBERSHIPS, MESSAGES, REACTIONS, READ_MARKS, ROOMS};

/// A table, the id by which its rows belong together, and their order.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) order: &'static [&'static str],
    pub(super) key: fn(&RawDocument) -> Result<Uuid, Error>,
    pub(super) cover: fn(&RawDocument, &mut Sha256) -> Result<(), Error>,
}

pub(super) const TABLES: [Table; 6] = [
    Table { name: ROOMS, order: &["_id"], key: |row| row.id("_id"), cover: room },
    Table { name: MESSAGES, order: &["room", "version"], key: |row| row.id("room"), cover: message },
    Table { name: CHANGES, order: &["_id"], key: |row| Ok(of_version_key(row.bytes("_id")?)?.0.0), cover: change },
    Table { name: REACTIONS, order: &["message", "emoji", "user"], key: |row| row.id("message"), cover: reaction },
    Table { name: MEMBERSHIPS, order: &["room", "user", "from"], key: |row| row.id("room"), cover: membership },
    Table { name: READ_MARKS, order: &["room", "user"], key: |row| row.id("room"), cover: read_mark },
];

/// Takes values each with its type and length. What is absent is as nothing of its type: no id, text or time of a row is that.
struct Columns<'a> {
    row: &'a RawDocument,
    sha: &'a mut Sha256,
}

impl Columns<'_> {
    fn cover(&mut self, sort: u8, bytes: &[u8]) {
        self.sha.update([sort]);
        self.sha.update((bytes.len() as u64).to_be_bytes());
        self.sha.update(bytes);
    }

    fn id(&mut self, field: &str) -> Result<&mut Self, Error> {
        self.cover(4, self.row.bytes_or_none(field)?.unwrap_or_default());
        Ok(self)
    }

    fn text(&mut self, field: &str) -> Result<&mut Self, Error> {
        self.cover(3, self.row.text_or_none(field)?.unwrap_or_default().as_bytes());
        Ok(self)
    }

    fn texts(&mut self, field: &str) -> Result<&mut Self, Error> {
        let Some(texts) = self.row.get(field)?.and_then(RawBsonRef::as_array) else {
            return Ok(self);
        };
        for text in texts {
            self.cover(3, text?.as_str().ok_or_else(|| unreadable(field))?.as_bytes());
        }
        Ok(self)
    }

    fn int(&mut self, field: &str) -> Result<&mut Self, Error> {
        self.cover(1, &self.row.time_or_none(field)?.map_or(0, |number| number.0).to_be_bytes());
        Ok(self)
    }
}

fn room(row: &RawDocument, sha: &mut Sha256) -> Result<(), Error> {
    let mut columns = Columns { row, sha };
    columns.id("_id")?.int("applied")?.int("last_number")?.int("activity")?.int("activity_at")?;
    Ok(())
}

fn message(row: &RawDocument, sha: &mut Sha256) -> Result<(), Error> {
    let mut columns = Columns { row, sha };
    columns.id("room")?.int("version")?.id("_id")?.int("number")?.id("author")?.text("content")?.text("type")?;
    columns.id("reply_to")?.int("sent_at")?.int("edited_at")?.int("deleted_at")?.int("position")?.texts("terms")?;
    Ok(())
}

fn change(row: &RawDocument, sha: &mut Sha256) -> Result<(), Error> {
    let (room, version) = of_version_key(row.bytes("_id")?)?;
    let mut columns = Columns { row, sha };
    columns.cover(4, room.0.as_bytes());
    columns.cover(1, &int(version).to_be_bytes());
    columns.text("kind")?.id("message")?.id("actor")?.text("detail")?.int("at")?.int("position")?.text("name")?;
    Ok(())
}

fn reaction(row: &RawDocument, sha: &mut Sha256) -> Result<(), Error> {
    let mut columns = Columns { row, sha };
    columns.id("message")?.text("emoji")?.id("user")?.int("version")?;
    Ok(())
}

fn membership(row: &RawDocument, sha: &mut Sha256) -> Result<(), Error> {
    let mut columns = Columns { row, sha };
    columns.id("room")?.id("user")?.int("from")?.int("to")?;
    Ok(())
}

fn read_mark(row: &RawDocument, sha: &mut Sha256) -> Result<(), Error> {
    let mut columns = Columns { row, sha };
    columns.id("room")?.id("user")?.int("number")?.int("up_to")?.int("read_at")?;
    Ok(())
}
